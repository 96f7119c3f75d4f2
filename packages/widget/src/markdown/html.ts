/**
 * Raw HTML between blocks. Tags on the allow-list become elements, which hold the blocks up to their closing tag. Comments,
 * scripts and styles that close are dropped. Everything else is text.
 */
import {type Block, type Container, isBlank} from './block.ts';
import {decodeEntities} from './entities.ts';
import {halfTag} from './incomplete-inline.ts';
import {inlineTag} from './marked.ts';
import {create} from './nodes.ts';
import {allowedTags, attributeSetter, droppedMarkup, longestMarkup, readTag, voidTags} from './tags.ts';

/** The beginning of markup that is dropped if it closes, and is text if it does not. */
const halfDropped = /^ {0,3}<(?:!--|(script|style)(?:[\s>]|$))/i;
export const mayBeDropped = (line: string): boolean => halfDropped.test(line);

export class Html implements Block {
  readonly #container: Container;
  /** The text that ends the block. Without one, the block ends at a blank line. */
  #end: string | undefined;
  /** Lines that are dropped if their end comes, and text if it does not. */
  #held: string[] | undefined;
  #heldLength = 0;
  #begun = false;
  #done = false;
  /** Text that is not read yet. A tag may go on over several lines. */
  #rest = '';

  constructor(container: Container) {
    this.#container = container;
  }

  line(line: string): boolean {
    if (this.#done || (this.#begun && !this.#end && isBlank(line))) return false;
    if (!this.#begun) this.#begin(line);
    this.#done = this.#end !== undefined && line.toLowerCase().includes(this.#end);
    if (this.#held) {
      if (!this.#done && this.#heldLength > longestMarkup) return false;
      this.#held.push(line);
      this.#heldLength += line.length;
      if (!this.#done) return true;
      this.#rest = this.#held.splice(0).join('\n');
    } else this.#rest += line;
    this.#rest += '\n';
    this.#read(this.#done);
    return true;
  }

  start(line: string): boolean {
    return !this.#done && line !== '' && (!isBlank(line) || this.#end !== undefined);
  }

  close(): void {
    if (this.#held?.length) this.#container.readAsText(this.#held.splice(0));
    this.#read(true);
    // A paragraph holds no blocks, so it ends here at the latest.
    this.#container.leave('p');
  }

  #begin(line: string): void {
    this.#begun = true;
    const [held, name] = halfDropped.exec(line) ?? [];
    // These go on over blank lines.
    if (held) this.#end = name ? `</${name.toLowerCase()}>` : '-->';
    else if (/^ {0,3}<pre(?:[\s>]|$)/i.test(line)) this.#end = '</pre>';
    if (held) this.#held = [];
  }

  /** Reads what is there. A tag or comment that is not complete waits for the next line, except in the `last` one. */
  #read(last: boolean): void {
    const rest = this.#rest;
    let at = 0;
    while (at < rest.length) {
      const next = rest.indexOf('<', at);
      this.#text(rest.slice(at, next === -1 ? undefined : next));
      at = next === -1 ? rest.length : next;
      const markup = rest.slice(at, at + longestMarkup);
      const dropped = droppedMarkup.exec(markup)?.[0].length;
      const tag = /^<[a-z/]/i.test(markup) ? inlineTag.exec(markup)?.[0] : undefined;
      if (dropped) at += dropped;
      else if (tag && !halfDropped.test(tag)) {
        this.#tag(tag);
        at += tag.length;
      } else if (!last && markup.length < longestMarkup && (halfTag.test(markup) || halfDropped.test(markup))) break;
      else if (next !== -1) {
        this.#text('<');
        at++;
      }
    }
    this.#rest = rest.slice(at);
  }

  #text(text: string): void {
    const {box, inTag} = this.#container;
    // White space between blocks is dropped. Inside an element it is text.
    if (!text || (!inTag && /^\s*$/.test(text))) return;
    const {marks: own} = this.#container.context;
    const {text: plain, marks} = own?.take(text) ?? {text, marks: []};
    const last = box.lastChild;
    if (last instanceof Text) last.appendData(decodeEntities(plain));
    else box.append(decodeEntities(plain));
    // They stand behind the text up to the next tag.
    for (const {index} of marks) {
      const shape = own?.shape(index);
      if (shape) box.append(create(shape));
    }
  }

  #tag(raw: string): void {
    const {name, closes, hasAttributes} = readTag(raw);
    if (!allowedTags.has(name)) this.#text(raw);
    else if (closes) this.#container.leave(name);
    else {
      const element = document.createElement(name);
      if (hasAttributes) attributeSetter(raw, this.#container.context)(element);
      this.#container.box.append(element);
      if (!voidTags.has(name)) this.#container.enter(element);
    }
  }
}
