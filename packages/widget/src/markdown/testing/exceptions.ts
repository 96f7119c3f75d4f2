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
      'A tag that is not on the allow-list is text, and so is one without its other half in a line of text: nothing that a message says may get lost.',
    examples: [
      '<div id="foo"\n*hi*\n',
      '<div class\nfoo\n',
      '<div *???-&&&-<---\n*foo*\n',
      '<style\n  type="text/css">\n\nfoo\n',
      '</a></foo >\n',
      '<a href="/bar\\/)">\n',
      '<a href="&ouml;&ouml;.html">\n',
      '<table><tr><td>\n<pre>\n**Hello**,\n\n_world_.\n</pre>\n</td></tr></table>\n',
      '<table>\n  <tr>\n    <td>\n           hi\n    </td>\n  </tr>\n</table>\n\nokay.\n',
      ' <div>\n  *hello*\n         <foo><a>\n',
      '<DIV CLASS="foo">\n\n*Markdown*\n\n</DIV>\n',
      '<div id="foo"\n  class="bar">\n</div>\n',
      '<div id="foo" class="bar\n  baz">\n</div>\n',
      '<table><tr><td>\nfoo\n</td></tr></table>\n',
      '<a href="foo">\n*bar*\n</a>\n',
      '<Warning>\n*bar*\n</Warning>\n',
      '<textarea>\n\n*foo*\n\n_bar_\n\n</textarea>\n',
      'Foo\n<a href="bar">\nbaz\n',
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
    reason: 'Processing instructions, declarations and CDATA sections are text; browsers read them as comments.',
    examples: [
      "<?php\n\n  echo '>';\n\n?>\nokay\n",
      'foo <![CDATA[>&<]]>\n',
      '<!DOCTYPE html>\n',
      '<![CDATA[\nfunction matchwo(a,b)\n{\n  if (a < b && a < 0) then {\n    return 1;\n\n  } else {\n\n    return 0;\n  }\n}\n]]>\nokay\n',
      'foo <?php echo $a; ?>\n',
      'foo <!ELEMENT br EMPTY>\n',
    ],
  },
  {
    reason: 'The source of a formula is shown as it is written, also if formulas are not set.',
    examples: ['\\!\\"\\#\\$\\%\\&\\\'\\(\\)\\*\\+\\,\\-\\.\\/\\:\\;\\<\\=\\>\\?\\@\\[\\\\\\]\\^\\_\\`\\{\\|\\}\\~\n'],
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
