/**
 * Raw HTML between blocks. Tags on the allow-list become elements, which hold the blocks up to their closing tag. Other tags
 * are dropped, and their text stays.
 */
import {type Block, type Container, isBlank} from './block.ts';
import {decodeEntities} from './entities.ts';
import {inlineTag} from './marked.ts';
import {allowedTags, attributeSetter, droppedTags, readTag, voidTags} from './tags.ts';

/** Comments and other markup that is not an element, with the text that ends it. */
const nonElements: readonly (readonly [start: string, end: string])[] = [
  ['<!--', '-->'],
  ['<?', '?>'],
  ['<![CDATA[', ']]>'],
  ['<!', '>'],
];

function endMarkOf(text: string): string | undefined {
  const [, name] = /^<(script|pre|style|textarea)(?:[\s>]|$)/i.exec(text) ?? [];
  return name ? `</${name.toLowerCase()}>` : nonElements.find(([start]) => text.startsWith(start))?.[1];
}

export class Html implements Block {
  readonly #container: Container;
  /** The text that ends the block. Without one, the block ends at a blank line. */
  #end: string | undefined;
  #begun = false;
  #done = false;
  /** Text that is not read yet. A tag may go on over several lines. */
  #rest = '';
  /** The end of the comment that is being skipped. */
  #skipUntil = '';
  /** The name of the element that is being dropped with its content. */
  #droppedTag = '';

  constructor(container: Container) {
    this.#container = container;
  }

  line(line: string): boolean {
    if (this.#done || (this.#begun && !this.#end && isBlank(line))) return false;
    if (!this.#begun) this.#end = endMarkOf(line.trimStart());
    this.#begun = true;
    this.#done = this.#end !== undefined && line.toLowerCase().includes(this.#end);
    this.#rest += `${line}\n`;
    this.#read();
    return true;
  }

  start(line: string): boolean {
    return !this.#done && line !== '' && (!isBlank(line) || this.#end !== undefined);
  }

  #read(): void {
    const rest = this.#rest;
    let at = 0;
    while (at < rest.length) {
      if (this.#skipUntil) {
        const end = rest.indexOf(this.#skipUntil, at);
        at = end === -1 ? rest.length : end + this.#skipUntil.length;
        if (end === -1) break;
        this.#skipUntil = '';
        continue;
      }
      const next = rest.indexOf('<', at);
      this.#text(rest.slice(at, next === -1 ? undefined : next));
      at = next === -1 ? rest.length : next;
      if (next === -1) break;
      const end = nonElements.find(([start]) => rest.startsWith(start, at))?.[1];
      if (end) {
        this.#skipUntil = end;
        at += 2;
      } else if (/[a-z/]/i.test(rest.charAt(at + 1))) {
        const length = inlineTag.exec(rest.slice(at))?.[0].length ?? rest.indexOf('>', at) - at + 1;
        // The tag goes on in the next line.
        if (length <= 0) break;
        this.#tag(rest.slice(at, at + length));
        at += length;
      } else {
        this.#text('<');
        at++;
      }
    }
    this.#rest = rest.slice(at);
  }

  #text(text: string): void {
    const {box} = this.#container;
    // White space between blocks is dropped. Inside an element it is text.
    if (
      !text ||
      this.#droppedTag ||
      (/^\s*$/.test(text) && !(box instanceof Element && allowedTags.has(box.localName)))
    )
      return;
    const last = box.lastChild;
    if (last instanceof Text) last.appendData(decodeEntities(text));
    else box.append(decodeEntities(text));
  }

  #tag(raw: string): void {
    const {name, closes, hasAttributes} = readTag(raw);
    if (this.#droppedTag) {
      if (closes && name === this.#droppedTag) this.#droppedTag = '';
    } else if (droppedTags.has(name)) {
      if (!closes) this.#droppedTag = name;
    } else if (closes) this.#container.leave(name);
    else if (allowedTags.has(name)) {
      const element = document.createElement(name);
      if (hasAttributes) attributeSetter(raw, this.#container.context)(element);
      this.#container.box.append(element);
      if (!voidTags.has(name)) this.#container.enter(element);
    }
  }
}
