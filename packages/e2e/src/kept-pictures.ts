/** The stored pictures of the gallery: a sheet for each state, and the boxes of all of them in one file. */
import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import type {Box, Picture} from './pictures.ts';

const fileOf = (name: string) => fileURLToPath(new URL(`../pictures/${name}`, import.meta.url));

export interface KeptBoxes {
  /** The fonts' widths on the machine that took the pictures. */
  readonly fonts: readonly number[];
  /** By state, then by look. */
  readonly states: Readonly<Record<string, readonly (readonly Box[])[]>>;
}

export function readBoxes(): KeptBoxes {
  return JSON.parse(readFileSync(fileOf('boxes.json'), 'utf8'));
}

export function writeBoxes({fonts, states}: KeptBoxes): void {
  const rows = Object.entries(states).map(([name, boxes]) => `${JSON.stringify(name)}: ${JSON.stringify(boxes)}`);
  writeFileSync(fileOf('boxes.json'), `{"fonts": ${JSON.stringify(fonts)}, "states": {\n${rows.join(',\n')}\n}}\n`);
}

/** In base64. */
export function readSheet(state: string): string {
  return readFileSync(fileOf(`${state}.webp`), 'base64');
}

export function writeSheet(state: string, {sheet}: Pick<Picture, 'sheet'>, file = fileOf(`${state}.webp`)): void {
  writeFileSync(file, sheet, 'base64');
}
