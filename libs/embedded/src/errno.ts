/** Whether `error` is a system error with this code, for example `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
  // By shape: Node's errors are not instances of the `Error` of a test runner's realm.
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** The value of `work`, or `undefined` when it fails with this system error code. */
export async function unlessErrno<T>(code: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isErrno(error, code)) return undefined;
    throw error;
  }
}
