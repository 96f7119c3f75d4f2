/** Packages that only some formats need. Whoever has such documents installs them. */
import {UnreadableDocument} from './extracted.ts';

/** @throws UnreadableDocument with the command that installs the package, if it is not there */
export async function loadOptional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new UnreadableDocument(`its format needs a package: npm install ${name}`, {cause});
  }
}
