/**
 * Sixty pages of three manuals with what is their article and what is the site around it, found by reading each page. Only
 * selectors are kept here, the pages are downloaded.
 */
export interface Label {
  /** Below `usr/share/doc`. */
  readonly path: string;
  readonly article: string;
  /** Parts of the article that belong to the site around it. Everything outside of the article does, too. */
  readonly navigation: readonly string[];
  /** Nobody minds whether these are read: buttons, drawings, dates at the bottom. */
  readonly ignored: readonly string[];
}

/** Sphinx. The sidebars, the bars above and below and the footer stand outside of the body. */
const python = [
  'about',
  'bugs',
  'c-api/arg',
  'c-api/memory',
  'distutils/setupscript',
  'extending/extending',
  'faq/design',
  'faq/index',
  'faq/programming',
  'glossary',
  'howto/argparse',
  'howto/regex',
  'howto/unicode',
  'installing/index',
  'library/argparse',
  'library/asyncio-task',
  'library/datetime',
  'library/functions',
  'library/index',
  'library/json',
  'library/os.path',
  'library/re',
  'library/shelve',
  'library/sqlite3',
  'library/stdtypes',
  'reference/compound_stmts',
  'reference/lexical_analysis',
  'tutorial/classes',
  'tutorial/datastructures',
  'using/cmdline',
].map((page): Label => ({
  path: `python3.11/html/${page}.html`,
  article: '[role="main"]',
  navigation: ['.contents'],
  ignored: ['.headerlink', 'script', 'style'],
}));

/**
 * Written by hand in Tcl: a header without a landmark, a table of contents behind the title, a date at the bottom, and
 * drawings of syntax that are hidden until a button is pressed.
 */
const sqlite = [
  'about',
  'arch',
  'autoinc',
  'backup',
  'cli',
  'compile',
  'datatype3',
  'docs',
  'faq',
  'fts5',
  'howtocorrupt',
  'isolation',
  'json1',
  'lang_insert',
  'limits',
  'pragma',
  'quickstart',
  'wal',
].map((page): Label => ({
  path: `sqlite3/${page}.html`,
  article: 'body',
  // On the page of questions, the list of all of them.
  navigation: ['body > .nosearch', '.fancy_toc', 'ol.nounderline'],
  ignored: [
    'script',
    'style',
    'button',
    'svg',
    '[style*="display:none"]',
    'p[align="center"] small',
    'select',
    'input',
  ],
}));

/** AsciiDoc: an article and a footer. */
const git = [
  'git-blame',
  'git-commit',
  'git-config',
  'git-log',
  'git-rebase',
  'git-stash',
  'gitattributes',
  'gitcore-tutorial',
  'giteveryday',
  'gitglossary',
  'gitignore',
  'user-manual',
].map((page): Label => ({
  path: `git-doc/${page}.html`,
  article: 'body',
  navigation: ['#footer', '.toc'],
  ignored: ['script', 'style', 'noscript', '#toc'],
}));

export const labels: readonly Label[] = [...python, ...sqlite, ...git];
