/** The tags of raw HTML that become elements. Their attributes are cleaned, and all other tags are dropped. */
import {decodeEntities} from './entities.ts';
import type {MessageContext} from './message-context.ts';

const nameSet = (list: string): ReadonlySet<string> => new Set(list.split(' '));

export const allowedTags = nameSet(
  'abbr b bdi br cite code del details dfn em hr i ins kbd mark pre q rp rt ruby s samp small strong sub summary sup u var wbr',
);
/** Tags without content. */
export const voidTags = nameSet('br hr wbr');
/** Tags that are dropped with their content. */
export const droppedTags = nameSet(
  'script style template iframe object noscript noembed noframes svg math title textarea select xmp audio video canvas',
);

export interface Tag {
  readonly name: string;
  readonly closes: boolean;
  /** Whether it has attributes. */
  readonly hasAttributes: boolean;
}

/** Reads one tag. Comments and similar markup have no name. */
export function readTag(raw: string): Tag {
  const [, slash, name = '', rest = ''] = /^<(\/?)([a-z][a-z\d-]*)([^]*?)\/?>$/i.exec(raw) ?? [];
  return {name: name.toLowerCase(), closes: slash === '/', hasAttributes: rest.trim() !== ''};
}

/** Returns a function that gives an element the clean attributes of its tag. The element is shown without them first. */
export function attributeSetter(raw: string, context: MessageContext): (element: HTMLElement) => void {
  return (element) => context.waitFor(import('./purify.ts').then(({purify}) => purify(raw, element, decodeEntities)));
}
