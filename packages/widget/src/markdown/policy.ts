/** The page's Trusted Types policy named `chatlet`. Without one (no support, or not allowed) there is `undefined`. */
import type {Config} from 'dompurify';

/** A policy as DOMPurify knows it. */
type Policy = NonNullable<Config['TRUSTED_TYPES_POLICY']>;
interface Factory {
  createPolicy(name: string, rules: {createHTML(html: string): string; createScriptURL(): string}): Policy;
}

function isFactory(value: unknown): value is Factory {
  return typeof value === 'object' && value !== null && 'createPolicy' in value;
}

let made: Policy | undefined | null = null;

/** Made on first use. It passes on what our own code made: names of characters and what DOMPurify has cleaned. */
export function policy(): Policy | undefined {
  if (made !== null) return made;
  made = undefined;
  const factory: unknown = Reflect.get(globalThis, 'trustedTypes');
  if (isFactory(factory)) {
    try {
      made = factory.createPolicy('chatlet', {createHTML: (html) => html, createScriptURL: () => 'about:blank'});
    } catch {
      // The page allows no policy of this name; what needs one is left out.
    }
  }
  return made;
}
