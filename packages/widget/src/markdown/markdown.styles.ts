/**
 * The style sheet of a rendered message, for a document or a shadow root. Every colour is a custom property with a
 * default for light and dark pages. The colours within code come with the highlighter.
 */
import {itemsPerBox, linesPerBox} from './offscreen-boxes.ts';

export const markdownStyles = `
.markdown{
  --_ink:var(--chatlet-ink,light-dark(#1b1d22,#eceef2));
  --_soft:var(--chatlet-ink-soft,light-dark(#565b66,#a9b0bd));
  --_line:var(--chatlet-line,light-dark(#d9dce3,#3a3f4a));
  --_sunken:var(--chatlet-sunken,light-dark(#f4f5f8,#1d2027));
  --_raised:var(--_sunken);
  --_link:var(--chatlet-link,light-dark(#0b57c2,#8ab8ff));
  --_font-mono:var(--chatlet-font-mono,ui-monospace,SFMono-Regular,Menlo,Consolas,monospace);
  overflow-wrap:anywhere;
  line-height:1.55;
}
.markdown .offscreen{content-visibility:auto}
.markdown>.part{contain:content;contain-intrinsic-block-size:auto 25lh}
.markdown>:first-child,.markdown li>:first-child,.markdown blockquote>:first-child{margin-block-start:0}
.markdown :is(p,ul,ol,blockquote,.code,.table,details){margin-block:.75em 0}
.markdown :is(h1,h2,h3,h4,h5,h6){margin-block:1.2em 0;font-size:1em;line-height:1.3;font-weight:650}
.markdown h1{font-size:1.4em}
.markdown h2{font-size:1.25em}
.markdown h3{font-size:1.1em}
.markdown :is(ul,ol){padding:0}
.markdown li{margin-inline-start:1.6em}
.markdown li>:is(p,ul,ol):not(:first-child){margin-block-start:.2em}
.markdown li>:is(.code,.table,blockquote,details)+*{margin-block-start:.75em}
.markdown .loose>li,.markdown .loose>li>p:not(:first-child){margin-block-start:.6em}
.markdown .task{list-style:none}
.markdown li input{margin-inline:-19px 2px;accent-color:var(--_accent)}
.markdown li>p>input{margin-block:0}
.markdown :is(ul,ol).more{margin-block-start:0}
.markdown :is(ul,ol).full{contain-intrinsic-block-size:auto calc(${itemsPerBox} * 1.75lh)}
.markdown blockquote{margin-inline:0;padding-inline-start:1em;border-inline-start:3px solid var(--_line);color:var(--_soft)}
.markdown hr{border:0;border-block-start:1px solid var(--_line);margin-block:1.2em 0}
.markdown hr+*{margin-block-start:1.2em}
.markdown a{color:var(--_link);text-decoration:underline;text-underline-offset:.15em;unicode-bidi:isolate}
.markdown a:not([href]){text-decoration-style:dotted}
.markdown a[data-host]::after{content:' (' attr(data-host) ')';font-size:.85em;color:var(--_soft)}
.markdown :is(code,kbd,samp){font-family:var(--_font-mono);font-size:.9em}
.markdown :is(p,td,th,h1,h2,h3,h4,h5,h6) code{padding:1px 5px;border-radius:5px;background:var(--_raised);unicode-bidi:isolate}
.markdown kbd{padding:.1em .35em;border:1px solid var(--_line);border-radius:.3em}
.markdown mark{background:light-dark(#fff2a8,#5a4b00);color:inherit}
.markdown img{max-inline-size:100%;block-size:auto;border-radius:.4em}
.markdown button{font:inherit;font-size:.85em;color:var(--_soft);background:none;border:1px solid var(--_line);border-radius:.4em;padding:.15em .6em;cursor:pointer;min-block-size:24px}
.markdown button:hover{color:var(--_ink)}
.markdown button.image{display:inline-flex;flex-direction:column;padding:.6em 1em;text-align:start;border-style:dashed}
.markdown :is(.code,.table){border:1px solid var(--_line);border-radius:12px;overflow:hidden}
.markdown .code{background:var(--_sunken);color:var(--_ink)}
.markdown :is(.code-bar,.table-bar){display:flex;justify-content:space-between;align-items:center;gap:1em;padding-block:4px;padding-inline:12px 6px;border-block-end:1px solid var(--_line);font-size:12px;color:var(--_soft);user-select:none}
.markdown .table-bar{justify-content:flex-end}
.markdown :is(.code-bar,.table-bar) button{min-block-size:26px;padding:2px 8px;border-color:transparent;border-radius:8px;font-size:12px}
.markdown :is(.code-bar,.table-bar) button:hover{background:var(--_raised)}
@media(pointer:coarse){.markdown :is(.code-bar,.table-bar) button{min-block-size:44px;padding-inline:12px}}
.markdown pre{margin:0;padding:11px 12px;font:13px/1.6 var(--_font-mono);overflow-x:auto;tab-size:4;scrollbar-width:thin}
.markdown pre code{display:block;font:inherit}
.markdown .lines{display:block;white-space:pre;min-block-size:1lh}
.markdown .lines.offscreen{contain-intrinsic-block-size:${linesPerBox}lh;inline-size:max-content;min-inline-size:100%}
.markdown .math.display{display:block;overflow-x:auto;text-align:center}
.markdown .table-scroll{overflow-x:auto;scrollbar-width:thin}
.markdown table{inline-size:100%;border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
.markdown :is(td,th){padding:7px 10px;border-block-end:1px solid var(--_line);text-align:start;vertical-align:top}
.markdown tbody tr:last-child :is(td,th){border-block-end:0}
.markdown th{background:var(--_sunken);font-weight:600}
.markdown .long :is(table,thead,tbody){display:block}
.markdown .long tr{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(6em,1fr)}
.markdown .long tbody{contain-intrinsic-block-size:auto calc(${itemsPerBox} * 2.4lh)}
.markdown [align=center]{text-align:center}
.markdown [align=right]{text-align:end}
.markdown summary{cursor:pointer;font-weight:600}
@media print{.markdown button{display:none}.markdown .offscreen{content-visibility:visible}}`;
