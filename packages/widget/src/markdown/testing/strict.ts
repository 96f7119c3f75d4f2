/** Renders one message with everything in it on a page with a strict policy, and posts the result to the parent page. */
import {markdownStyles, MarkdownView} from '../index.ts';

const broken: string[] = [];
document.addEventListener('securitypolicyviolation', ({violatedDirective, sample}) => {
  broken.push(`${violatedDirective}: ${sample}`);
});
globalThis.addEventListener('error', ({message}) => broken.push(message));
globalThis.addEventListener('unhandledrejection', ({reason}) => broken.push(String(reason)));

const sheet = new CSSStyleSheet();
sheet.replaceSync(markdownStyles);
document.adoptedStyleSheets.push(sheet);

const element = document.createElement('div');
document.body.append(element);
const view = new MarkdownView(element, {math: true});
view.append(
  'Some **bold** text, A &copy; and &CounterClockwiseContourIntegral; B, $x^2$ and an <abbr title="a word" style="color:red">abbr</abbr>.\n\n' +
    '```js\nconst a = 1;\n```\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n\n- [x] done\n\n$$\\frac{a}{\\color{red}b}$$\n\n<script>alert(1)</script>\n\n![x](https://evil.example/x.png)\n',
);
view.end();
await view.idle;
parent.postMessage({html: element.innerHTML, broken}, '*');
