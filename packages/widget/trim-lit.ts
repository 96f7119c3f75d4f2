/** Takes out of Lit what the browsers of the script tag never run: polyfills, and style elements in place of style sheets. */
import type {Plugin} from 'vite';

/** By the file's name, texts and what replaces them. Each must be there, or Lit has changed and this file must be looked at. */
const changes: Readonly<Record<string, readonly (readonly [from: RegExp, to: string])[]>> = {
  'css-tag': [[/=\w\.ShadowRoot&&.{20,120}"replace"in CSSStyleSheet\.prototype/, '=true']],
  'reactive-element': [
    [/,\w=\w\.reactiveElementPolyfillSupport/, ''],
    [/,\w\?\.\(\{ReactiveElement:\w\}\),\(\w\.reactiveElementVersions\?\?=\[\]\)\.push\("[\d.]+"\)/, ''],
  ],
  'lit-html': [
    [/,\w=\w\.litHtmlPolyfillSupport;\w\?\.\(\w,\w\),\(\w\.litHtmlVersions\?\?=\[\]\)\.push\("[\d.]+"\)/, ''],
  ],
  'lit-element': [
    [
      /,\w\.litElementHydrateSupport\?\.\(\{LitElement:\w\}\);const \w=\w\.litElementPolyfillSupport;\w\?\.\(\{LitElement:\w\}\)/,
      '',
    ],
    [/;\(\w\.litElementVersions\?\?=\[\]\)\.push\("[\d.]+"\)/, ''],
  ],
};

export const trimLit: Plugin = {
  name: 'trim-lit',
  transform(code, id) {
    const [, name = ''] =
      /\/node_modules\/(?:lit-html|lit-element|@lit\/reactive-element)\/([\w-]+)\.js$/.exec(id) ?? [];
    const edits = changes[name];
    if (!edits) return null;
    let trimmed = code;
    for (const [from, to] of edits) {
      if (!from.test(trimmed)) throw new Error(`${name}.js of Lit has no ${from.source} any more: change trim-lit.ts.`);
      trimmed = trimmed.replace(from, to);
    }
    return {code: trimmed, map: null};
  },
};
