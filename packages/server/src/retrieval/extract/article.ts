/**
 * Finds the article of an HTML page, and what in it belongs to the site around it: menus, breadcrumbs, tables of contents,
 * sidebars, footers. By the meaning of elements first, by the names of classes second, by the share of links last. The bar
 * in `packages/bench/retrieval` measures it on pages that people have labelled.
 */
import {
  type Element,
  type Node,
  attribute,
  childrenOf,
  elementsBelow,
  isElement,
  isText,
  tokensOf,
} from './html-tree.ts';

export interface Article {
  readonly root: Element;
  /** Elements below the root that are not part of the article. */
  readonly leftOut: ReadonlySet<Element>;
}

const silentTags: ReadonlySet<string> = new Set(
  (
    'script style noscript template svg iframe object embed canvas video audio button input select textarea option ' +
    'dialog nav head title link meta map progress meter datalist'
  ).split(' '),
);
const siteRoles: ReadonlySet<string> = new Set(
  'navigation search banner contentinfo menu menubar toolbar dialog alertdialog'.split(' '),
);
/** Words of class names, as `fancy_toc` and `main-menu` are made of them. */
const siteWords: ReadonlySet<string> = new Set(
  (
    'nav navbar navigation breadcrumb breadcrumbs menu mainmenu submenu sidebar sphinxsidebar toc tableofcontents ' +
    'pagination pager footer cookie cookies consent share sharing social noprint searchbox searchmenu masthead ' +
    'advertisement'
  ).split(' '),
);
/** Whole names of classes and ids, whose words alone would say too little. */
const siteNames: ReadonlySet<string> = new Set(
  (
    'related table-of-contents on-this-page edit-this-page edit-page prev-next next-prev page-nav site-header ' +
    'page-header-links global-header'
  ).split(' '),
);
/** Classes of what stands beside words or lines. */
const besideText: ReadonlySet<string> = new Set(
  (
    'headerlink hash-link anchor-link skip-link skiplink skip-to-content copybtn linenos lineno linenumber linenumbers ' +
    'line-numbers gutter'
  ).split(' '),
);
/** A name says that an element is not of the article only if it is one of these: a heading's link may be a `toc-backref`. */
const containers: ReadonlySet<string> = new Set(
  'div ul ol dl p table td aside header footer section form details li center'.split(' '),
);
/** An id is made from a heading's words, too (`#navigation`), so that it counts on these elements alone. */
const idContainers: ReadonlySet<string> = new Set(['div', 'ul', 'ol', 'p', 'table', 'td', 'aside', 'header', 'footer']);
const headingTags: ReadonlySet<string> = new Set('h1 h2 h3 h4 h5 h6'.split(' '));
const substantial: ReadonlySet<string> = new Set([
  ...headingTags,
  'p',
  'pre',
  'table',
  'dl',
  'blockquote',
  'article',
  'main',
]);

/** The part of the page's text that an only `<article>` needs, to be taken for the article of the page. */
const leastShare = 0.25;
/** No name of a class takes out more than this part of the article. */
const mostByName = 0.5;
/** Letters besides its menus that a block may have and still be the frame around them. */
const mostFrameLetters = 150;
const leastMenuLinks = 4;
const leastLinkShare = 0.85;

export function findArticle(body: Element): Article {
  const measured = new Measures();
  const all = measured.of(body).letters;
  const candidates = elementsBelow(body);
  const large = (element: Element) => measured.of(element).letters >= leastShare * all;
  const mains = candidates.filter(
    (each) => (each.tagName === 'main' || hasRole(each, 'main')) && measured.of(each).letters > 0,
  );
  const articles = candidates.filter(({tagName}) => tagName === 'article');
  const root = mains[0] ?? (articles.length === 1 ? articles.find(large) : undefined) ?? body;
  return {root, leftOut: findLeftOut(root, {measured, isPage: root === body})};
}

interface Surroundings {
  readonly measured: Measures;
  /** Whether the whole page had to be taken for the article. */
  readonly isPage: boolean;
}

/** What was left out below an element. */
interface LeftOutBelow {
  readonly letters: number;
  /** Elements right below it that are of the site, and not only silent. */
  readonly menus: number;
}

function findLeftOut(root: Element, {measured, isPage}: Surroundings): ReadonlySet<Element> {
  const leftOut = new Set<Element>();
  const whole = measured.of(root).letters;
  let hasHeading = false;
  const isSite = (element: Element, inSection: boolean) =>
    isSilent(element) ||
    (isPage && !inSection && isOfPage(element)) ||
    (isNamedAsSite(element) && measured.of(element).letters <= mostByName * whole) ||
    isTableOfContents(element, measured) ||
    (isPage && !hasHeading && isMenu(element, measured));
  const isFrame = (element: Element, {letters, menus}: LeftOutBelow) =>
    isPage &&
    menus > 0 &&
    element.tagName === 'div' &&
    measured.of(element).letters - letters < mostFrameLetters &&
    !hasSubstance(element, leftOut);
  const visit = (element: Element, inSection: boolean): LeftOutBelow => {
    if (headingTags.has(element.tagName)) hasHeading = true;
    let [letters, menus] = [0, 0];
    for (const child of childrenOf(element)) {
      if (!isElement(child)) continue;
      const below = isSite(child, inSection) ? undefined : visit(child, inSection || sectioning.has(child.tagName));
      if (below && !isFrame(child, below)) {
        letters += below.letters;
        continue;
      }
      leftOut.add(child);
      letters += measured.of(child).letters;
      if (!silentTags.has(child.tagName) || child.tagName === 'nav') menus++;
    }
    return {letters, menus};
  };
  visit(root, false);
  return leftOut;
}

const sectioning: ReadonlySet<string> = new Set(['article', 'section', 'main', 'blockquote', 'figure']);

function isSilent(element: Element): boolean {
  if (hasRole(element, 'tabpanel')) return false;
  return (
    silentTags.has(element.tagName) ||
    attribute(element, 'hidden') !== undefined ||
    attribute(element, 'aria-hidden') === 'true' ||
    tokensOf(element, 'role').some((role) => siteRoles.has(role)) ||
    /(?:^|;)\s*display\s*:\s*none/i.test(attribute(element, 'style') ?? '') ||
    isPermalink(element)
  );
}

/** `¶` behind a heading. */
function isPermalink(element: Element): boolean {
  if (element.tagName !== 'a' || !attribute(element, 'href')?.startsWith('#')) return false;
  const [only, more] = childrenOf(element);
  return only !== undefined && more === undefined && isText(only) && /^\s*[¶#§🔗]\s*$/u.test(only.value);
}

/** The header, the footer and the asides of a whole page; those of an article or a section belong to it. */
function isOfPage({tagName}: Element): boolean {
  return tagName === 'header' || tagName === 'footer' || tagName === 'aside';
}

function isNamedAsSite(element: Element): boolean {
  const classes = tokensOf(element, 'class');
  if (classes.some((name) => besideText.has(name))) return true;
  if (!containers.has(element.tagName)) return false;
  const ids = idContainers.has(element.tagName) ? tokensOf(element, 'id') : [];
  if ([...classes, ...ids].some((name) => siteNames.has(name)) || ids.some((name) => siteWords.has(name))) return true;
  return classes.some((name) => name.split(/[-_]+/).some((word) => siteWords.has(word)));
}

/** A list of at least three links into this page, and nothing else. */
function isTableOfContents(element: Element, measured: Measures): boolean {
  if (element.tagName !== 'ul' && element.tagName !== 'ol') return false;
  const {letters, innerLinks, innerLinkLetters} = measured.of(element);
  return innerLinks >= 3 && innerLinkLetters >= 0.9 * letters;
}

/** Links above the first heading, and hardly anything else. */
function isMenu(element: Element, measured: Measures): boolean {
  if (!idContainers.has(element.tagName)) return false;
  const {letters, links, linkLetters} = measured.of(element);
  return links >= leastMenuLinks && linkLetters >= leastLinkShare * letters;
}

function hasSubstance(element: Element, leftOut: ReadonlySet<Element>): boolean {
  return childrenOf(element).some(
    (child) =>
      isElement(child) &&
      !leftOut.has(child) &&
      (substantial.has(child.tagName) ||
        tokensOf(child, 'class').some((name) => name.split(/[-_]+/).includes('title')) ||
        hasSubstance(child, leftOut)),
  );
}

function hasRole(element: Element, role: string): boolean {
  return tokensOf(element, 'role').includes(role);
}

interface Measure {
  readonly letters: number;
  readonly links: number;
  readonly linkLetters: number;
  readonly innerLinks: number;
  readonly innerLinkLetters: number;
}

const nothing: Measure = {letters: 0, links: 0, linkLetters: 0, innerLinks: 0, innerLinkLetters: 0};

/** How much text and how many links are below each element, counted once. */
class Measures {
  readonly #known = new Map<Node, Measure>();

  of(node: Element): Measure {
    const known = this.#known.get(node);
    if (known) return known;
    const measure = this.#count(node);
    this.#known.set(node, measure);
    return measure;
  }

  #count(element: Element): Measure {
    if (silentTags.has(element.tagName) && element.tagName !== 'nav') return nothing;
    let {letters, links, linkLetters, innerLinks, innerLinkLetters} = nothing;
    for (const child of childrenOf(element)) {
      if (isText(child)) letters += lettersIn(child.value);
      if (!isElement(child)) continue;
      const below = this.of(child);
      letters += below.letters;
      links += below.links;
      linkLetters += below.linkLetters;
      innerLinks += below.innerLinks;
      innerLinkLetters += below.innerLinkLetters;
    }
    const target = element.tagName === 'a' ? attribute(element, 'href') : undefined;
    if (target === undefined) return {letters, links, linkLetters, innerLinks, innerLinkLetters};
    const isInner = target.startsWith('#') && target !== '#';
    return {
      letters,
      links: 1,
      linkLetters: letters,
      innerLinks: isInner ? 1 : 0,
      innerLinkLetters: isInner ? letters : 0,
    };
  }
}

function lettersIn(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 32) count++;
  return count;
}
