/** What every main does first. */

/** The AWS SDK prints a page about Node 20 at first use; what Node chatlake supports is said in the README. */
export function beginProcess(environment: Record<string, string | undefined>): void {
  // What it writes to disk is this user's alone.
  process.umask(0o077);
  environment['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
}
