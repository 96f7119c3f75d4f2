/**
 * Makes the HTML of Astro work at any address, and under the policy of the server's other pages, `script-src 'self'; style-src
 * 'self'`: links are relative, and scripts and styles are in files. Code gets its colours as classes.
 */
import {createHash} from 'node:crypto';
import {readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import hljs from 'highlight.js/lib/common';
import {type DefaultTreeAdapterTypes as Tree, parse, parseFragment, serialize} from 'parse5';

/** Grammars for languages that have none here. */
const nearest: Readonly<Record<string, string>> = {vue: 'html', svelte: 'html', tsx: 'ts', jsx: 'js'};

export function makePortable(folder: string): void {
  const scripts = new Map<string, string>();
  const styles = new Map<string, string>();
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.html'))) {
    const page = parse(readFileSync(join(folder, name), 'utf8'));
    for (const element of elementsOf(page)) {
      makeLinksRelative(element);
      moveScript(element, scripts);
      moveStyle(element, styles);
      colourCode(element);
    }
    writeFileSync(join(folder, name), serialize(page));
  }
  for (const [file, code] of scripts) writeFileSync(join(folder, file), code);
  writeFileSync(join(folder, 'styles.css'), [...styles].map(([name, style]) => `.${name}{${style}}\n`).join(''));
}

/** All elements below a node, in any order. */
export function elementsOf(node: Tree.Node): readonly Tree.Element[] {
  const below = [...childrenOf(node)].flatMap(elementsOf);
  return 'tagName' in node ? [node, ...below] : below;
}

function childrenOf(node: Tree.Node): readonly Tree.ChildNode[] {
  return 'content' in node ? node.content.childNodes : 'childNodes' in node ? node.childNodes : [];
}

function makeLinksRelative(element: Tree.Element): void {
  for (const attribute of element.attrs) {
    if (!/^(?:href|src)$/.test(attribute.name)) continue;
    attribute.value = attribute.value
      .replace(/^\/guide\/?$/, './index.html')
      .replace(/^\/guide\/(?=\.\.)/, '')
      .replace(/^\/guide\//, './');
  }
}

function moveScript(element: Tree.Element, scripts: Map<string, string>): void {
  const code = textOf(element);
  if (element.tagName !== 'script' || code.trim() === '') return;
  const file = `_astro/${hashOf(code)}.js`;
  scripts.set(file, code);
  element.attrs.push({name: 'src', value: `./${file}`});
  element.childNodes = [];
}

function moveStyle(element: Tree.Element, styles: Map<string, string>): void {
  if (element.tagName === 'style') throw new Error(`A page has styles of its own: ${textOf(element).slice(0, 80)}`);
  if (element.tagName === 'head') {
    element.childNodes.push(...parseFragment('<link rel="stylesheet" href="./styles.css">').childNodes);
  }
  const style = attributeOf(element, 'style')?.value;
  if (style === undefined) return;
  const name = `s-${hashOf(style)}`;
  styles.set(name, style);
  element.attrs = element.attrs.filter((each) => each.name !== 'style');
  const classes = attributeOf(element, 'class');
  if (classes) classes.value += ` ${name}`;
  else element.attrs.push({name: 'class', value: name});
}

function colourCode(element: Tree.Element): void {
  // Whoever has no mouse scrolls what does not fit.
  if (element.tagName === 'pre') element.attrs.push({name: 'tabindex', value: '0'});
  const language = attributeOf(element, 'class')?.value.match(/\blanguage-(\w+)/)?.[1];
  const grammar = nearest[language ?? ''] ?? language;
  if (element.tagName !== 'code' || grammar === undefined || !hljs.getLanguage(grammar)) return;
  element.childNodes = parseFragment(hljs.highlight(textOf(element), {language: grammar}).value).childNodes;
}

const attributeOf = (element: Tree.Element, name: string) => element.attrs.find((each) => each.name === name);

const textOf = (element: Tree.Element) =>
  element.childNodes.map((child) => ('value' in child ? child.value : '')).join('');

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);
