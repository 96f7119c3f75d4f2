/**
 * The style sheet of a rendered message, for a document or a shadow root. Every colour is a custom property with a
 * default for light and dark pages. The colours within code come with the highlighter.
 */
import {itemsPerBox, linesPerBox} from './offscreen-boxes.ts';

export const markdownStyles = /* css */ `
.markdown{
  --_ink:var(--chatlet-ink,light-dark(#1b1d22,#eceef2));
  --_soft:var(--chatlet-ink-soft,light-dark(#565b66,#a9b0bd));
  --_line:var(--chatlet-line,light-dark(#d9dce3,#3a3f4a));
  --_sunken:var(--chatlet-sunken,light-dark(#f4f5f8,#1d2027));
  --_raised:var(--_sunken);
  --_link:var(--chatlet-link,light-dark(#0b57c2,#8ab8ff));
  --_font-mono:var(--chatlet-font-mono,ui-monospace,SFMono-Regular,Menlo,Consolas,monospace);
  --_px:calc(var(--chatlet-font-size,15px)/15);
  overflow-wrap:anywhere;
  line-height:1.55;
}
:where(.markdown,.markdown>.part)>*{max-inline-size:var(--_text,none);margin-inline:auto}
:where(.markdown,.markdown>.part)>:is(.part,.code,.table){max-inline-size:none}
:where(.markdown,.markdown>.part)>:is(.code,.table):not(.long,.folded){inline-size:var(--_fit,auto);min-inline-size:min(100%,var(--_text,0px));max-inline-size:100%}
.markdown .offscreen{content-visibility:auto}
.markdown>.part{contain:content;contain-intrinsic-block-size:auto 25lh}
.markdown :is(p,ul,ol,dl,blockquote,.code,.table,details){margin-block:.75em 0}
.markdown :is(h3,h4,h5,h6){margin-block:1.2em 0;font-size:1em;line-height:1.3;font-weight:650}
.markdown h3{font-size:1.4em}
.markdown h4{font-size:1.25em}
.markdown h5{font-size:1.1em}
.markdown.markdown>:first-child,.markdown :is(li,blockquote)>:first-child:first-child{margin-block-start:0}
.markdown :is(ul,ol){padding:0}
.markdown li{margin-inline-start:1.6em}
.markdown li+li,.markdown li>:is(p,ul,ol):not(:first-child){margin-block-start:.25em}
.markdown li>:is(.code,.table,blockquote,details)+*{margin-block-start:.75em}
.markdown .loose>li+li,.markdown .loose>li>p:not(:first-child){margin-block-start:.6em}
.markdown .task{list-style:none}
.markdown li input{margin-inline:-19px 2px;accent-color:var(--_accent)}
.markdown li>p>input{margin-block:0}
.markdown :is(ul,ol).more{margin-block-start:0}
.markdown :is(ul,ol).full{contain-intrinsic-block-size:auto calc(${itemsPerBox} * 1.75lh)}
.markdown blockquote{margin-inline:auto;padding-inline-start:1em;border-inline-start:3px solid var(--_line);color:var(--_soft)}
.markdown .alert{border-color:var(--_link)}
.markdown .alert:is(.warning,.caution){border-color:var(--_warn,light-dark(#a35a00,#e0a458))}
.markdown .alert-name{font-weight:600;color:var(--_ink)}
.markdown .alert-name+*{margin-block-start:.2em}
.markdown .footnote{font-size:.9em;color:var(--_soft)}
.markdown sup{line-height:0}
.markdown .footnote-number{padding:0 .1em;border:0;min-block-size:0;font-size:inherit;color:var(--_link)}
.markdown hr{border:0;border-block-start:1px solid var(--_line);margin-block:1.2em 0}
.markdown hr+*{margin-block-start:1.2em}
.markdown a{color:var(--_link);text-decoration:underline;text-underline-offset:.15em;unicode-bidi:isolate}
.markdown a:not([href]){text-decoration-style:dotted}
.markdown a[data-host]{position:relative}
.markdown a[data-host]::after{font-size:.85em;color:var(--_soft)}
.markdown a[data-misleads]::after{content:' (' attr(data-host) ')'}
.markdown a:not([data-misleads]):is(:hover,:focus-visible)::after{content:attr(data-host);position:absolute;z-index:1;inset-block-start:100%;inset-inline-start:0;padding:1px 7px;border:1px solid var(--_line);border-radius:6px;background:var(--_raised);line-height:1.5;white-space:nowrap;pointer-events:none}
.markdown :is(code,kbd,samp){font-family:var(--_font-mono);font-size:.9em}
.markdown :is(p,td,th,h3,h4,h5,h6) code{padding:1px 5px;border-radius:5px;background:var(--_raised);unicode-bidi:isolate}
.markdown kbd{padding:.1em .35em;border:1px solid var(--_line);border-radius:.3em}
.markdown mark{background:light-dark(#fff2a8,#5a4b00);color:inherit}
.markdown img{max-inline-size:100%;block-size:auto;border-radius:.4em}
.markdown button{font:inherit;font-size:.85em;color:var(--_soft);background:none;border:1px solid var(--_line);border-radius:.4em;padding:.15em .6em;cursor:pointer;min-block-size:24px}
.markdown button:hover{color:var(--_ink)}
.markdown button.image{display:grid;grid-template-columns:auto 1fr;column-gap:.8em;align-items:center;inline-size:100%;max-inline-size:320px;margin-block:.4em;padding:.7em .9em;border-radius:12px;background:var(--_sunken);color:var(--_ink);text-align:start}
.markdown button.image::before{content:'';grid-row:span 2;inline-size:24px;block-size:18px;border:1.5px solid;border-radius:4px;background:radial-gradient(circle at 7px 5px,currentcolor 2px,#0000 2.5px),linear-gradient(135deg,#0000 60%,currentcolor 60%);color:var(--_soft)}
.markdown button.image span{color:var(--_soft)}
.markdown :is(.code,.table){border:1px solid var(--_line);border-radius:12px;overflow:clip}
.markdown .code{background:var(--_sunken);color:var(--_ink)}
.markdown .code-bar{position:sticky;inset-block-start:0;z-index:1;display:flex;justify-content:space-between;align-items:center;gap:1em;padding-block:4px;padding-inline:12px 6px;border-block-end:1px solid var(--_line);background:var(--_sunken);font-size:calc(12*var(--_px));color:var(--_soft);user-select:none}
.markdown :is(.copy,.unfold){position:relative;min-block-size:26px;padding:2px 8px;border-color:transparent;border-radius:8px;font-size:calc(12*var(--_px))}
.markdown :is(.copy,.unfold):hover{background:var(--_raised)}
.markdown .unfold{display:block;inline-size:100%;min-block-size:34px;border-block-start-color:var(--_line);border-radius:0}
.markdown .folded pre{max-block-size:calc(30lh + 11px);overflow-y:hidden}
.markdown .folded.growing pre{display:flex;flex-direction:column;justify-content:flex-end}
.markdown .growing .unfold{display:none}
.markdown .rendered{padding:12px;overflow-x:auto}
.markdown .table{position:relative}
.markdown .table-bar{position:absolute;inset-block-start:5px;inset-inline-end:5px;z-index:1;user-select:none;opacity:0;transition:opacity 120ms}
.markdown .table:is(:hover,:focus-within) .table-bar{opacity:1}
.markdown .table-bar .copy{display:grid;place-items:center;inline-size:26px;padding:0;background:var(--_raised);font-size:0}
.markdown .table-bar .copy::before{content:'';inline-size:9px;block-size:10px;margin:3px 3px 0 0;border:1.5px solid;border-radius:3px;box-shadow:3px -3px 0 -1.5px var(--_raised),3px -3px 0 0}
.markdown .table-bar [data-copied]::before{content:'✓';inline-size:auto;block-size:auto;margin:0;border:0;box-shadow:none;font-size:calc(14*var(--_px))}
.markdown .table thead th:last-child{padding-inline-end:36px}
@media(hover:none){.markdown .table-bar{opacity:1}}
@media(pointer:coarse){.markdown :is(.copy,.unfold)::after{content:'';position:absolute;inset:-9px}}
.markdown pre{margin:0;padding:11px 12px;font:calc(13*var(--_px))/1.6 var(--_font-mono);overflow-x:auto;tab-size:4;scrollbar-width:thin}
.markdown pre code{display:block;font:inherit}
.markdown .lines{display:block;white-space:pre;min-block-size:1lh}
.markdown .lines.offscreen{contain-intrinsic-block-size:${linesPerBox}lh;inline-size:max-content;min-inline-size:100%}
.markdown .math.display{display:block;overflow-x:auto;text-align:center}
.markdown .table-scroll{overflow-x:auto;scrollbar-width:thin}
@supports(animation-timeline:scroll(self inline)){
.markdown .table-scroll{animation:chatlet-fade linear both;animation-timeline:scroll(self inline);--_to:right;mask-repeat:no-repeat}
.markdown .table-scroll:dir(rtl){--_to:left;mask-position:100% 0}
}
@keyframes chatlet-fade{
from{mask-image:linear-gradient(to var(--_to),#000 calc(100% - 2em),#0000);mask-size:100% 100%}
to{mask-image:linear-gradient(to var(--_to),#000 calc(100% - 2em),#0000);mask-size:calc(100% + 2em) 100%}
}
.markdown table{inline-size:max-content;min-inline-size:100%;border-collapse:collapse;font-size:calc(14*var(--_px));font-variant-numeric:tabular-nums}
.markdown :is(td,th){max-inline-size:34ch;overflow-wrap:break-word;padding:7px 10px;border-block-end:1px solid var(--_line);text-align:start;vertical-align:top}
.markdown tbody tr:last-child :is(td,th){border-block-end:0}
.markdown th{background:var(--_sunken);font-weight:600}
.markdown .long :is(table,thead,tbody){display:block}
.markdown .long table{inline-size:auto}
.markdown .long tr{display:grid;grid-auto-flow:column;grid-auto-columns:minmax(9em,1fr)}
.markdown .long :is(td,th){max-inline-size:none}
.markdown .long tbody{contain-intrinsic-block-size:auto calc(${itemsPerBox} * 2.4lh)}
.markdown [align=center]{text-align:center}
.markdown [align=right]{text-align:end}
.markdown summary{cursor:pointer;font-weight:600}
@media print{.markdown button{display:none}.markdown .offscreen{content-visibility:visible}}`;
