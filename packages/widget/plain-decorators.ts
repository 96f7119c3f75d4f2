/** Writes Lit's decorators as one list for each class: the compiler writes a call for each property, and a helper for that. */
import {fileURLToPath} from 'node:url';
import type {Plugin} from 'vite';

const helper = fileURLToPath(new URL('src/script-tag/define-queries.ts', import.meta.url));

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** `__decorate([property({…})], ChatletChat.prototype, "name", void 0);`, compiled. */
const decorated =
  /^\w*decorate\(\[(?<decorator>property|state|query)\((?<options>[^]*)\)\], (?<owner>\w+)\.prototype, "(?<name>\w+)", (?:void 0|null)\);$/;

interface Lists {
  readonly properties: string[];
  readonly queries: string[];
}

export const plainDecorators: Plugin = {
  name: 'plain-decorators',
  enforce: 'post',
  transform(code, id) {
    if (!/src\/elements\/.*\.ts$/.test(id) || !code.includes('decorate([')) return null;
    const {body} = this.parse(code) as unknown as {readonly body: readonly Node[]};
    const owners = new Map<string, Lists>();
    let plain = '';
    let end = 0;
    for (const statement of body) {
      const text = code.slice(statement.start, statement.end);
      if (statement.type !== 'ExpressionStatement' || !/^\w*decorate\(/.test(text)) continue;
      const {decorator, options, owner, name} = decorated.exec(text)?.groups ?? {};
      if (owner === undefined) throw new Error(`${id}: only property, state and query are known, and not ${text}`);
      const lists = owners.get(owner) ?? {properties: [], queries: []};
      owners.set(owner, lists);
      if (decorator === 'query') lists.queries.push(`${name}: ${options}`);
      else lists.properties.push(`${name}: ${decorator === 'state' ? '{state: true}' : options || '{}'}`);
      plain += code.slice(end, statement.start);
      end = statement.end;
    }
    plain += code.slice(end);
    const imported = [...owners.values()].some(({queries}) => queries.length > 0);
    const lists = [...owners].map(
      ([owner, {properties, queries}]) =>
        `${owner}.properties = {${properties.join(', ')}};\n` +
        (queries.length > 0 ? `defineQueries(${owner}.prototype, {${queries.join(', ')}});\n` : ''),
    );
    const head = imported ? `import {defineQueries} from ${JSON.stringify(helper)};\n` : '';
    return {code: `${head}${plain}\n${lists.join('')}`, map: null};
  },
};
