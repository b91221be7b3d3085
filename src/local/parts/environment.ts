/** What a child gets of the starter's environment: where things are, how to speak and which way to the network. No secret of another part. */

const NEEDED =
  /^(PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|TZ|TMPDIR|TMP|TEMP|SYSTEMROOT|JAVA_HOME|LC_\w+|XDG_\w+|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS)$/i;

/** The variables every program needs, and those whose names `also` fits. */
export const neededOf = (env: NodeJS.ProcessEnv, also?: RegExp): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => NEEDED.test(name) || also?.test(name) === true));
