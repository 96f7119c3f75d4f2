/** Reads an HTML page: its article as Markdown, and what it says about itself and its neighbours. */
import {parse} from 'parse5';
import {findArticle} from './article.ts';
import {type Extracted, UnreadableDocument, isoDate, primaryLanguage, titleOfFile} from './extracted.ts';
import {
  type Document,
  type Element,
  attribute,
  elementsBelow,
  findElement,
  plainTextOf,
  rawTextOf,
  tokensOf,
} from './html-tree.ts';
import {writeMarkdown} from './markdown-writer.ts';

export interface HtmlPage extends Extracted {
  /** Absolute, as the others. */
  readonly canonical?: string;
  /** Where `<meta http-equiv="refresh">` leads. */
  readonly movedTo?: string;
  /** Addresses of its links, in order and each once, without those that it tells robots not to follow. */
  readonly links: readonly string[];
  readonly isNoIndex: boolean;
  /** Why the page holds no article, although it was sent as one. */
  readonly emptiness?: 'needs-javascript' | 'login' | 'not-found' | 'no-text';
}

/** Letters of an article below which a page is looked at with suspicion. */
const shortArticle = 200;
/** A page that says that it was not found may explain it at some length. */
const shortNotice = 1_500;

/**
 * @param address the page's address, which relative links begin at; a path if it has none
 * @throws UnreadableDocument if its elements are nested too deeply to be read
 */
export function extractHtml(html: string, address: string): HtmlPage {
  try {
    return readPage(parse(html, {scriptingEnabled: false}), address);
  } catch (error) {
    if (error instanceof RangeError) throw new UnreadableDocument('its elements are nested too deeply', {cause: error});
    throw error;
  }
}

function readPage(document: Document, address: string): HtmlPage {
  const elements = elementsBelow(document);
  const [root, body] = [find(elements, 'html'), find(elements, 'body')];
  const base = elements.find(({tagName, attrs}) => tagName === 'base' && attrs.some(({name}) => name === 'href'));
  const toAddress = createResolver(base && attribute(base, 'href'), address);
  const metas = elements.filter(({tagName}) => tagName === 'meta');
  const robots = metasNamed(metas, ['robots', 'chatlet'])
    .join(',')
    .toLowerCase()
    .split(/[\s,]+/);
  const canonical = elements.find((each) => each.tagName === 'link' && tokensOf(each, 'rel').includes('canonical'));
  const article = body && findArticle(body);
  const markdown = article ? writeMarkdown(article.root, article) : '';
  const title = titleOf(elements, {article: article?.root, leftOut: article?.leftOut, address});
  const updatedAt = updateOf(elements, metas);
  const language =
    primaryLanguage(root && attribute(root, 'lang')) ?? primaryLanguage(metasNamed(metas, ['content-language'])[0]);
  const followed = robots.includes('nofollow') || robots.includes('none') ? [] : elements.filter(isFollowed);
  const moved = /^\s*(?:0|[1-5])\s*[;,]\s*url\s*=\s*["']?([^"']+)/i.exec(metasNamed(metas, ['refresh'])[0] ?? '')?.[1];
  const emptiness = findEmptiness({elements, markdown, title});
  const [canonicalAddress, movedTo] = [toAddress(canonical && attribute(canonical, 'href')), toAddress(moved)];
  return {
    title,
    ...(language !== undefined && {language}),
    ...(updatedAt !== undefined && {updatedAt}),
    parts: [{markdown}],
    ...(canonicalAddress !== undefined && {canonical: canonicalAddress}),
    ...(movedTo !== undefined && {movedTo}),
    links: [
      ...new Set(followed.map((link) => toAddress(attribute(link, 'href'))).filter((link) => link !== undefined)),
    ],
    isNoIndex: robots.includes('noindex') || robots.includes('none'),
    ...(emptiness !== undefined && {emptiness}),
  };
}

function find(elements: readonly Element[], name: string): Element | undefined {
  return elements.find(({tagName}) => tagName === name);
}

function isFollowed(element: Element): boolean {
  if (element.tagName !== 'a' && element.tagName !== 'area') return false;
  return !tokensOf(element, 'rel').includes('nofollow');
}

/** Contents of `<meta>` with one of these names. */
function metasNamed(metas: readonly Element[], names: readonly string[]): readonly string[] {
  return metas.flatMap((meta) => {
    const name = attribute(meta, 'name') ?? attribute(meta, 'property') ?? attribute(meta, 'http-equiv') ?? '';
    return names.includes(name.toLowerCase()) ? [attribute(meta, 'content') ?? ''] : [];
  });
}

function createResolver(base: string | undefined, address: string): (link: string | undefined) => string | undefined {
  const from = (base === undefined ? undefined : URL.parse(base, address)) ?? URL.parse(address);
  return (link) => {
    const url = link === undefined ? null : URL.parse(link, from?.href);
    return url && /^https?:$/.test(url.protocol) ? url.href : undefined;
  };
}

interface TitleClues {
  readonly article: Element | undefined;
  readonly leftOut: ReadonlySet<Element> | undefined;
  readonly address: string;
}

/**
 * The article's first heading if the page's title has it too, else the title: `<title>` often ends with the site's name,
 * and a heading alone may be one of many.
 */
function titleOf(elements: readonly Element[], {article, leftOut, address}: TitleClues): string {
  const title = find(elements, 'title');
  const named = title ? plainTextOf(title) : '';
  const first = article && findElement(article, ({tagName}) => tagName === 'h1');
  const heading = first
    ? rawTextOf(first, (each) => leftOut?.has(each) ?? false)
        .replaceAll(/\s+/g, ' ')
        .trim()
    : '';
  if (heading !== '' && (named === '' || named.includes(heading))) return heading;
  return named === '' ? titleOfFile(URL.parse(address)?.pathname ?? address) : named;
}

function updateOf(elements: readonly Element[], metas: readonly Element[]): string | undefined {
  const names = ['article:modified_time', 'og:updated_time', 'last-modified', 'dcterms.modified', 'datemodified'];
  const data = elements.find(
    ({tagName, attrs}) => tagName === 'script' && attrs.some(({value}) => value === 'application/ld+json'),
  );
  const linked = data && /"dateModified"\s*:\s*"([^"]+)"/.exec(rawTextOf(data))?.[1];
  const marked = elements.find((each) => attribute(each, 'itemprop') === 'dateModified');
  const dates = [
    ...metasNamed(metas, names),
    linked,
    marked && (attribute(marked, 'datetime') ?? attribute(marked, 'content')),
  ];
  return dates.map(isoDate).find((date) => date !== undefined);
}

interface PageClues {
  readonly elements: readonly Element[];
  readonly markdown: string;
  readonly title: string;
}

const notFound =
  /\b404\b|\b(?:page|file|document|url)\b.{0,25}\bnot\b.{0,10}\bfound\b|^\s*not found\b|(?:doesn.t|does not) exist|seite.{0,20}nicht gefunden|page (?:introuvable|non trouvée)|página no encontrada|页面不存在|ページが見つかりません/i;

function findEmptiness({elements, markdown, title}: PageClues): HtmlPage['emptiness'] {
  const {length} = markdown;
  if (length < shortNotice && (notFound.test(title) || notFound.test(/^#.*/.exec(markdown)?.[0] ?? '')))
    return 'not-found';
  if (
    length < shortNotice &&
    elements.some((each) => each.tagName === 'input' && attribute(each, 'type') === 'password')
  )
    return 'login';
  if (length < shortArticle && needsJavaScript(elements)) return 'needs-javascript';
  return length === 0 ? 'no-text' : undefined;
}

/** A page that builds itself has scripts, and a place that they fill or a notice for those that run none. */
function needsJavaScript(elements: readonly Element[]): boolean {
  if (!elements.some(({tagName}) => tagName === 'script')) return false;
  return elements.some(
    (each) =>
      (each.tagName === 'noscript' && /java\s?script/i.test(rawTextOf(each))) ||
      (/^(?:root|app|__next|__nuxt|___gatsby|main|q-app|svelte)$/.test(attribute(each, 'id') ?? '') &&
        plainTextOf(each) === '') ||
      (each.tagName.includes('-') && plainTextOf(each) === ''),
  );
}
