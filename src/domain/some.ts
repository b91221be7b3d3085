/** Work on many items, some at a time. */

/**
 * The answers of `work`, in the items' order; at most `atOnce` are at work. Throws the first failure, once what had begun has ended:
 * nothing goes on afterwards.
 */
export async function mapSome<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const answers: R[] = [];
  const waiting = items.entries();
  let failure: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (const [i, item] of waiting) {
      try {
        answers[i] = await work(item);
      } catch (error) {
        failure ??= { error };
      }
      if (failure !== undefined) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  if (failure !== undefined) throw failure.error;
  return answers;
}
