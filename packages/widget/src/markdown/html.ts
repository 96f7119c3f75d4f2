/** Raw HTML that stands among blocks: the tags on the allow-list become boxes, the others go and leave their text. */
import {type Block, isBlank, type Place} from './block.ts';
import {decode} from './entities.ts';
import {inlineTag} from './marked.ts';
import {allowed, dropped, dress, readTag, single} from './tags.ts';

/** What is no element, and how it ends. */
const silent: readonly (readonly [start: string, end: string])[] = [
  ['<!--', '-->'],
  ['<?', '?>'],
  ['<![CDATA[', ']]>'],
  ['<!', '>'],
];

function endOf(text: string): string | undefined {
  const [, name] = /^<(script|pre|style|textarea)(?:[\s>]|$)/i.exec(text) ?? [];
  return name ? `</${name.toLowerCase()}>` : silent.find(([start]) => text.startsWith(start))?.[1];
}

export class Html implements Block {
  readonly #place: Place;
  /** What is in its last line; without it, it ends at a blank line. */
  #end: string | undefined;
  #begun = false;
  #done = false;
  /** What is not read yet: a tag may go on over several lines. */
  #rest = '';
  /** The end of the comment that is being left out. */
  #until = '';
  /** The name of an element whose content is dropped. */
  #hidden = '';

  constructor(place: Place) {
    this.#place = place;
  }

  line(line: string): boolean {
    if (this.#done || (this.#begun && !this.#end && isBlank(line))) return false;
    if (!this.#begun) this.#end = endOf(line.trimStart());
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
      if (this.#until) {
        const end = rest.indexOf(this.#until, at);
        at = end === -1 ? rest.length : end + this.#until.length;
        if (end === -1) break;
        this.#until = '';
        continue;
      }
      const next = rest.indexOf('<', at);
      this.#text(rest.slice(at, next === -1 ? undefined : next));
      at = next === -1 ? rest.length : next;
      if (next === -1) break;
      const until = silent.find(([start]) => rest.startsWith(start, at))?.[1];
      if (until) {
        this.#until = until;
        at += 2;
      } else if (/[a-z/]/i.test(rest.charAt(at + 1))) {
        const end = inlineTag.exec(rest.slice(at))?.[0].length ?? rest.indexOf('>', at) - at + 1;
        // A tag may go on in the next line.
        if (end <= 0) break;
        this.#tag(rest.slice(at, at + end));
        at += end;
      } else {
        this.#text('<');
        at++;
      }
    }
    this.#rest = rest.slice(at);
  }

  #text(text: string): void {
    const {box} = this.#place;
    // Between blocks white space is nothing, inside an element it is text.
    if (!text || this.#hidden || (/^\s*$/.test(text) && !(box instanceof Element && allowed.has(box.localName))))
      return;
    const last = box.lastChild;
    if (last instanceof Text) last.appendData(decode(text));
    else box.append(decode(text));
  }

  #tag(raw: string): void {
    const {name, closes, rich} = readTag(raw);
    if (this.#hidden) {
      if (closes && name === this.#hidden) this.#hidden = '';
    } else if (dropped.has(name)) {
      if (!closes) this.#hidden = name;
    } else if (closes) this.#place.leave(name);
    else if (allowed.has(name)) {
      const element = document.createElement(name);
      if (rich) dress(raw, this.#place.context)(element);
      this.#place.box.append(element);
      if (!single.has(name)) this.#place.enter(element);
    }
  }
}
