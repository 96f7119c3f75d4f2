/**
 * Colours code. Loaded when the first code block is complete. Paints with the CSS Custom Highlight API, which changes no
 * node, so a selection in the code stays. If a browser lacks this API, code has one colour.
 *
 * The browser visits all painted ranges whenever the document changes, so only code on the screen is painted.
 */
import type {LanguageFn} from 'highlight.js';
import hljs from 'highlight.js/lib/core';

type Load = () => Promise<{default: LanguageFn}>;

const bash: Load = () => import('highlight.js/lib/languages/bash');
const c: Load = () => import('highlight.js/lib/languages/c');
const cpp: Load = () => import('highlight.js/lib/languages/cpp');
const csharp: Load = () => import('highlight.js/lib/languages/csharp');
const css: Load = () => import('highlight.js/lib/languages/css');
const diff: Load = () => import('highlight.js/lib/languages/diff');
const go: Load = () => import('highlight.js/lib/languages/go');
const ini: Load = () => import('highlight.js/lib/languages/ini');
const java: Load = () => import('highlight.js/lib/languages/java');
const javascript: Load = () => import('highlight.js/lib/languages/javascript');
const json: Load = () => import('highlight.js/lib/languages/json');
const kotlin: Load = () => import('highlight.js/lib/languages/kotlin');
const php: Load = () => import('highlight.js/lib/languages/php');
const python: Load = () => import('highlight.js/lib/languages/python');
const ruby: Load = () => import('highlight.js/lib/languages/ruby');
const rust: Load = () => import('highlight.js/lib/languages/rust');
const sql: Load = () => import('highlight.js/lib/languages/sql');
const swift: Load = () => import('highlight.js/lib/languages/swift');
const typescript: Load = () => import('highlight.js/lib/languages/typescript');
const xml: Load = () => import('highlight.js/lib/languages/xml');
const yaml: Load = () => import('highlight.js/lib/languages/yaml');

/** The names and aliases that people write behind a fence. */
const languages = new Map<string, Load>(
  Object.entries({
    bash,
    sh: bash,
    shell: bash,
    zsh: bash,
    console: bash,
    c,
    h: c,
    cpp,
    'c++': cpp,
    cc: cpp,
    csharp,
    cs: csharp,
    'c#': csharp,
    css,
    diff,
    patch: diff,
    go,
    golang: go,
    ini,
    toml: ini,
    env: ini,
    java,
    javascript,
    js: javascript,
    jsx: javascript,
    mjs: javascript,
    json,
    jsonc: json,
    kotlin,
    kt: kotlin,
    php,
    python,
    py: python,
    ruby,
    rb: ruby,
    rust,
    rs: rust,
    sql,
    swift,
    typescript,
    ts: typescript,
    tsx: typescript,
    xml,
    html: xml,
    svg: xml,
    vue: xml,
    yaml,
    yml: yaml,
  }),
);

/** Maps the scopes of highlight.js to the few colours of the palette. */
const colours: Readonly<Record<string, string>> = {
  keyword: 'keyword',
  literal: 'keyword',
  built_in: 'keyword',
  'selector-tag': 'keyword',
  name: 'keyword',
  doctag: 'keyword',
  string: 'string',
  regexp: 'string',
  addition: 'string',
  'template-tag': 'string',
  char: 'string',
  number: 'number',
  symbol: 'number',
  bullet: 'number',
  link: 'number',
  comment: 'comment',
  quote: 'comment',
  meta: 'comment',
  title: 'title',
  section: 'title',
  'selector-class': 'title',
  'selector-id': 'title',
  type: 'title',
  attr: 'attribute',
  attribute: 'attribute',
  property: 'attribute',
  variable: 'attribute',
  'template-variable': 'attribute',
  deletion: 'attribute',
};

/** The default colours on light and dark pages. A custom property for each name can replace them. */
const palette = {
  keyword: '#8a1fb0,#d7a1ff',
  string: '#14692f,#8fdc9f',
  number: '#9a4a00,#ffb877',
  comment: '#5c6370,#9aa3b2',
  title: '#0b57c2,#8ab8ff',
  attribute: '#a3224a,#ff9db5',
};
export const codeStyles: string = Object.entries(palette)
  .map(([name, pair]) => `::highlight(chatlet-${name}){color:var(--chatlet-code-${name},light-dark(${pair}))}`)
  .join('');
const sheet = new CSSStyleSheet();
sheet.replaceSync(codeStyles);

/** Adds the colours to the document or shadow root of the code. */
function adoptColours(code: Element): void {
  const root = code.getRootNode();
  if (!(root instanceof Document || root instanceof ShadowRoot)) return;
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
}

/** Longer code is painted up to this character, so that the task stays short. */
const longestCode = 24_000;

interface Mark {
  readonly colour: string;
  readonly range: StaticRange;
}
const marksOf = new WeakMap<Element, readonly Mark[]>();
const names = new WeakMap<Element, string>();
/** The scheduler's function, passed in because a shared import would become a file of its own in every build. */
let whenCalm: (work: () => void) => void = (work) => work();
const onScreen = new Set<Element>();
const shown = new Set<Element>();

const watcher = new IntersectionObserver((entries) => {
  for (const {target, isIntersecting} of entries) {
    if (isIntersecting) {
      onScreen.add(target);
      // Code that only passes by while somebody scrolls is not painted.
      setTimeout(() => whenCalm(() => void paint(target)), 200);
    } else {
      onScreen.delete(target);
      unpaint(target);
    }
  }
});

/** In forced colours, highlighted code would look selected. */
const forcedColours = matchMedia('(forced-colors: active)');

/** Paints a complete code block whenever it is on the screen. */
export function watch(code: Element, language: string, calm: typeof whenCalm): void {
  whenCalm = calm;
  const name = language.toLowerCase();
  if (!languages.has(name) || forcedColours.matches) return;
  names.set(code, name);
  watcher.observe(code);
}

export function unwatch(code: Element): void {
  watcher.unobserve(code);
  onScreen.delete(code);
  unpaint(code);
}

async function paint(code: Element): Promise<void> {
  const name = names.get(code) ?? '';
  if (shown.has(code) || !onScreen.has(code)) return;
  shown.add(code);
  if (!marksOf.has(code)) {
    if (!hljs.getLanguage(name)) {
      const load = languages.get(name);
      if (!load) return;
      try {
        const {default: language} = await load();
        hljs.registerLanguage(name, language);
      } catch {
        // The language did not load. Its code stays in one colour.
        return;
      }
      // The code may have left the screen in the meantime.
      if (!shown.has(code)) return;
    }
    marksOf.set(code, findMarks(code, name));
  }
  adoptColours(code);
  for (const {colour, range} of marksOf.get(code) ?? []) {
    const all = CSS.highlights.get(colour);
    if (all) all.add(range);
    else CSS.highlights.set(colour, new Highlight(range));
  }
}

function unpaint(code: Element): void {
  if (!shown.delete(code)) return;
  for (const {colour, range} of marksOf.get(code) ?? []) CSS.highlights.get(colour)?.delete(range);
}

/** Finds the coloured ranges of a code block. */
function findMarks(code: Element, language: string): readonly Mark[] {
  const texts: Text[] = [];
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (walker.currentNode instanceof Text) texts.push(walker.currentNode);
  const source = texts
    .map(({data}) => data)
    .join('')
    .slice(0, longestCode);
  const {value} = hljs.highlight(source, {language, ignoreIllegals: true});
  const found: Mark[] = [];
  let index = 0;
  /** How much of the current text node is done. */
  let done = 0;
  for (const {length, colour} of readStretches(value)) {
    let left = length;
    while (left > 0) {
      const text = texts[index];
      if (!text) return found;
      const end = Math.min(done + left, text.length);
      if (colour && end > done) addMark(found, colour, {text, start: done, end});
      left -= end - done;
      done = end;
      if (done === text.length) {
        index++;
        done = 0;
      }
    }
  }
  return found;
}

/** Reads the HTML that highlight.js returns: the colour of each stretch of code, and the number of its characters. */
function readStretches(html: string): readonly {readonly length: number; readonly colour: string | undefined}[] {
  const stretches: {length: number; colour: string | undefined}[] = [];
  const open: (string | undefined)[] = [];
  for (const [part, classes] of html.matchAll(/<span class="([^"]*)">|<\/span>|&[#\w]+;|[^<&]+/g)) {
    if (classes !== undefined) open.push(colours[/hljs-([\w-]+)/.exec(classes)?.[1] ?? ''] ?? open.at(-1));
    else if (part.startsWith('</span')) open.pop();
    else stretches.push({length: part.startsWith('&') ? 1 : part.length, colour: open.at(-1)});
  }
  return stretches;
}

/** Adds a mark, or makes the last one longer if it ends at the beginning of this one and has the same colour. */
function addMark(marks: Mark[], name: string, {text, start, end}: {text: Text; start: number; end: number}): void {
  const colour = `chatlet-${name}`;
  const last = marks.at(-1);
  const joins = last?.colour === colour && last.range.endContainer === text && last.range.endOffset === start;
  if (joins) marks.pop();
  const startOffset = joins ? last.range.startOffset : start;
  marks.push({colour, range: new StaticRange({startContainer: text, startOffset, endContainer: text, endOffset: end})});
}
