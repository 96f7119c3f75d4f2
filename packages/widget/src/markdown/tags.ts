/**
 * The tags of raw HTML that become elements. Their attributes are cleaned. Whatever else begins with `<` is text, so that
 * nothing that a model says gets lost (`List<String>`, `<nav>`): only comments, scripts and styles that close are dropped.
 */
import {decodeEntities} from './entities.ts';
import type {MessageContext} from './message-context.ts';

const nameSet = (list: string): ReadonlySet<string> => new Set(list.split(' '));

export const allowedTags = nameSet(
  'abbr b bdi br cite code del details dfn em hr i ins kbd mark pre q rp rt ruby s samp small strong sub summary sup u var wbr ' +
    'p div h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote table caption thead tbody tfoot tr th td',
);
/** Tags without content. */
export const voidTags = nameSet('br hr wbr');

/** A comment, script or style may be this long, in characters, and so may a tag. Longer ones are text. */
export const longestMarkup = 4096;
/** A comment, script or style that closes. */
export const droppedMarkup = /^<!--(?:-?>|[^]*?-->)|^<(script|style)(?=[\s>])[^]*?<\/\1\s*>/i;

export interface Tag {
  readonly name: string;
  readonly closes: boolean;
  /** Whether it has attributes. */
  readonly hasAttributes: boolean;
}

/** Reads one tag, with the name of its element. Comments and similar markup have no name. */
export function readTag(raw: string): Tag {
  const [, slash, name = '', rest = ''] = /^<(\/?)([a-z][a-z\d-]*)([^]*?)\/?>$/i.exec(raw) ?? [];
  const [, depth] = /^h([1-6])$/i.exec(name) ?? [];
  return {
    name: depth ? headingTag(Number(depth)) : name.toLowerCase(),
    closes: slash === '/',
    hasAttributes: rest.trim() !== '',
  };
}

/** The element of a heading: the first two levels belong to the chat around the message. */
export function headingTag(depth: number): 'h3' | 'h4' | 'h5' | 'h6' {
  return depth === 1 ? 'h3' : depth === 2 ? 'h4' : depth === 3 ? 'h5' : 'h6';
}

/** Returns a function that gives an element the clean attributes of its tag. The element is shown without them first. */
export function attributeSetter(raw: string, context: MessageContext): (element: HTMLElement) => void {
  return (element) => context.waitFor(import('./purify.ts').then(({purify}) => purify(raw, element, decodeEntities)));
}
