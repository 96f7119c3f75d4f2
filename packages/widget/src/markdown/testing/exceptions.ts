/**
 * The examples that look different from marked's rendering, with the reason. Sanitising is the reason of all of them; the
 * grammar has no exception.
 */
export interface Exceptions {
  readonly reason: string;
  readonly examples: readonly string[];
}

export const exceptions: readonly Exceptions[] = [
  {
    reason:
      'A tag that is not on the allow-list is dropped; its text stays, unless it is of a kind whose content goes with it.',
    examples: [
      '<a href="/bar\\/)">\n',
      '<a href="&ouml;&ouml;.html">\n',
      '<table><tr><td>\n<pre>\n**Hello**,\n\n_world_.\n</pre>\n</td></tr></table>\n',
      '<table>\n  <tr>\n    <td>\n           hi\n    </td>\n  </tr>\n</table>\n\nokay.\n',
      ' <div>\n  *hello*\n         <foo><a>\n',
      '<DIV CLASS="foo">\n\n*Markdown*\n\n</DIV>\n',
      '<div id="foo"\n  class="bar">\n</div>\n',
      '<div id="foo" class="bar\n  baz">\n</div>\n',
      '<div>\n*foo*\n\n*bar*\n',
      '<div><a href="bar">*foo*</a></div>\n',
      '<table><tr><td>\nfoo\n</td></tr></table>\n',
      '<div></div>\n``` c\nint x = 33;\n```\n',
      '<a href="foo">\n*bar*\n</a>\n',
      '<Warning>\n*bar*\n</Warning>\n',
      '<textarea>\n\n*foo*\n\n_bar_\n\n</textarea>\n',
      '> <div>\n> foo\n\nbar\n',
      '- <div>\n- foo\n',
      '  <div>\n\n    <div>\n',
      'Foo\n<div>\nbar\n</div>\n',
      '<div>\nbar\n</div>\n*foo*\n',
      'Foo\n<a href="bar">\nbaz\n',
      '<div>\n\n*Emphasized* text.\n\n</div>\n',
      '<div>\n*Emphasized* text.\n</div>\n',
      '<table>\n\n<tr>\n\n<td>\nHi\n</td>\n\n</tr>\n\n</table>\n',
      '<table>\n\n  <tr>\n\n    <td>\n      Hi\n    </td>\n\n  </tr>\n\n</table>\n',
      '[foo]: <bar>(baz)\n\n[foo]\n',
      '<a href="`">`\n',
      '*<img src="foo" title="*"/>\n',
      '**<a href="**">\n',
      '__<a href="__">\n',
      '[link](<foo\nbar>)\n',
      '[foo <bar attr="](baz)">\n',
      '[foo <bar attr="][ref]">\n\n[ref]: /uri\n',
      '<a><bab><c2c>\n',
      '<a/><b2/>\n',
      '<a  /><b2\ndata="foo" >\n',
      '<a foo="bar" bam = \'baz <em>"</em>\'\n_boolean zoop:33=zoop:33 />\n',
      'Foo <responsive-image src="foo.jpg" />\n',
      'foo <a href="&ouml;">\n',
      'foo <a href="\\*">\n',
      '<a href="foo  \nbar">\n',
      '<a href="foo\\\nbar">\n',
      '<strong> <title> <style> <em>\n\n<blockquote>\n  <xmp> is disallowed.  <XMP> is also disallowed.\n</blockquote>\n',
    ],
  },
  {
    reason: 'An attribute that DOMPurify does not leave is dropped.',
    examples: [
      '<i class="foo">\n*bar*\n</i>\n',
      '<pre language="haskell"><code>\nimport Text.HTML.TagSoup\n\nmain :: IO ()\nmain = print $ parseTags tags\n</code></pre>\nokay\n',
    ],
  },
  {
    reason: 'A link may only lead to http, https, mailto and tel.',
    examples: [
      '<irc://foo.bar:2233/baz>\n',
      '<a+b+c:d>\n',
      '<made-up-scheme://foo,bar>\n',
      '<localhost:5001/foo>\n',
      'http://commonmark.org\n\n(Visit https://encrypted.google.com/search?q=Markup+(business))\n\nAnonymous FTP is available at ftp://foo.bar.baz.\n',
    ],
  },
  {
    reason:
      'Processing instructions and CDATA sections are dropped as a whole; browsers read them as comments that end earlier.',
    examples: ["<?php\n\n  echo '>';\n\n?>\nokay\n", 'foo <![CDATA[>&<]]>\n'],
  },
  {
    reason: 'An element that raw HTML leaves open ends with its paragraph; browsers open it again in what follows.',
    examples: ['[a](<b)c\n[a](<b)c>\n[a](<b>c)\n'],
  },
];

/**
 * Examples (by their beginning) with last lines that change the nodes of the first ones, with the reason why these nodes
 * cannot stay.
 */
export const lookBacks: readonly {readonly start: string; readonly reason: string}[] = [
  {
    start: '*[foo*][ref]',
    reason: 'Without its definition the first mark pairs with the one in the brackets; with it that emphasis is none.',
  },
  {
    start: '[foo *bar][ref]*',
    reason: 'Without its definition the mark in the brackets pairs with the last one; with it that emphasis is none.',
  },
  {
    start: '![foo *bar*]',
    reason: 'The definition makes an image of text: the text is its description then, and no longer on the page.',
  },
  {
    start: '![*foo* bar]',
    reason: 'The definition makes an image of text: the text is its description then, and no longer on the page.',
  },
  {
    start: '<a foo="bar" bam = \'baz',
    reason: 'A tag over two lines, whose values hold a tag, is longer than the 48 characters that may wait.',
  },
];
