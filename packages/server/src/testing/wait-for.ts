/** Gives the waits of tests an end, so that a test fails with a sentence where it would otherwise wait for ever. */

export interface WaitForOptions {
  /** Milliseconds; generous, because a busy machine must not fail a test. */
  readonly atMost?: number;
}

/**
 * Waits for a promise.
 * @param expected the expected event in a few words, such as `the turn ends`
 */
export function waitFor<Value>(
  promise: Promise<Value>,
  expected: string,
  {atMost = 30_000}: WaitForOptions = {},
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Waited ${atMost / 1000} s in vain until ${expected}.`)), atMost);
    // A test that has ended for another reason does not keep its process alive.
    timer.unref();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
