/** Raw HTML in a message: which tags stand, and that their attributes are cleaned. Everything else is dropped. */
import {decodeEntities} from './entities.ts';
import type {MessageContext} from './message-context.ts';

const nameSet = (list: string): ReadonlySet<string> => new Set(list.split(' '));

export const allowedTags = nameSet(
  'abbr b bdi br cite code del details dfn em hr i ins kbd mark pre q rp rt ruby s samp small strong sub summary sup u var wbr',
);
/** Tags without content. */
export const voidTags = nameSet('br hr wbr');
/** Tags whose content goes with them. */
export const droppedTags = nameSet(
  'script style template iframe object noscript noembed noframes svg math title textarea select xmp audio video canvas',
);

export interface Tag {
  readonly name: string;
  readonly closes: boolean;
  /** Whether it has attributes. */
  readonly hasAttributes: boolean;
}

/** Reads one tag; comments and the like have no name. */
export function readTag(raw: string): Tag {
  const [, slash, name = '', rest = ''] = /^<(\/?)([a-z][a-z\d-]*)([^]*?)\/?>$/i.exec(raw) ?? [];
  return {name: name.toLowerCase(), closes: slash === '/', hasAttributes: rest.trim() !== ''};
}

/**
 * Gives an element the attributes that are left of its tag. The element stands at once and bare, its name from the
 * constant list above.
 */
export function attributeSetter(raw: string, context: MessageContext): (element: HTMLElement) => void {
  return (element) => context.waitFor(import('./purify.ts').then(({purify}) => purify(raw, element, decodeEntities)));
}
