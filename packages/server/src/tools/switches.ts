/**
 * The tools that an operator has switched off: a file beside the database with a name on each line, so that a command can
 * change it while a server runs. Knows no tool.
 */
import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {Toolbox} from '../engine/tool.ts';

export function readSwitchedOff(database: string): ReadonlySet<string> {
  const file = fileBeside(database);
  if (!existsSync(file)) return new Set();
  return new Set(
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((name) => name !== ''),
  );
}

export function switchTool(database: string, name: string, to: 'on' | 'off'): void {
  const names = new Set(readSwitchedOff(database));
  if (to === 'off') names.add(name);
  else names.delete(name);
  const file = fileBeside(database);
  mkdirSync(dirname(file), {recursive: true});
  // A server that reads it meanwhile sees all of it.
  writeFileSync(
    `${file}.new`,
    [...names]
      .toSorted()
      .map((each) => `${each}\n`)
      .join(''),
  );
  renameSync(`${file}.new`, file);
}

/** The tools that are on now. */
export function switchedOn(tools: Toolbox, database: string): Toolbox {
  const off = readSwitchedOff(database);
  return off.size === 0 ? tools : new Map([...tools].filter(([name]) => !off.has(name)));
}

function fileBeside(database: string): string {
  return join(dirname(database), 'tools-off');
}
