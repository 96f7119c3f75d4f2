/**
 * The identity of an anonymous visitor: a secret that the page makes before the first question, so that the question
 * belongs to one visitor however often it is sent. Knows no requests.
 */
import type {StorageNamespace} from './storage.ts';

/** The server knows by this version that the page has made the secret itself. */
const version = 'v2';
const secretBytes = 32;

/**
 * Milliseconds until every tab of the browser sees what one has written. Tabs are processes that keep a copy of the
 * storage, and a lock reaches them sooner than the news of a write (measured: 13 of 50 pairs of tabs read too early).
 */
const untilOtherTabsSee = 500;

/**
 * The visitor's token; makes one if there is none. All tabs of a page agree on one, because only one at a time looks and
 * writes.
 */
export async function getOrCreateVisitor(storage: StorageNamespace, name: string): Promise<string> {
  const known = storage.get('visitor');
  if (known !== undefined) return known;
  try {
    // Absent outside of secure contexts.
    if (globalThis.navigator?.locks) return await getOrCreateLocked(storage, name);
  } catch {
    // Denied, as in a sandboxed frame. Two tabs in one moment may then be two visitors.
  }
  return getOrCreate(storage);
}

function getOrCreate(storage: StorageNamespace): string {
  const known = storage.get('visitor');
  if (known !== undefined) return known;
  const made = `${version}.${randomText()}`;
  storage.set('visitor', made);
  return made;
}

/** Gives the token at once, and keeps the lock a moment longer, for tabs that look next. */
function getOrCreateLocked(storage: StorageNamespace, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(`chatlet:visitor:${name}`, async () => {
        const isNew = storage.get('visitor') === undefined;
        resolve(getOrCreate(storage));
        if (isNew) await new Promise((seen) => setTimeout(seen, untilOtherTabsSee));
      })
      .catch(reject);
  });
}

/** Whether the page has made this token, rather than the server. */
export function isOwnVisitor(token: string | undefined): boolean {
  return token?.startsWith(`${version}.`) === true;
}

/** 32 random bytes in base64url. */
function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(secretBytes));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
