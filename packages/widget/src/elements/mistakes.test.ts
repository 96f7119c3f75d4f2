/** K23: an attribute or a value that means nothing is answered with one line that says what to write. */
import {expect, fixture} from '@open-wc/testing';
import '../define.ts';
import {until} from './testing/look.ts';

/** The lines that the console gets while this page is shown. */
async function linesOf(html: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const {warn} = console;
  console.warn = (line: string) => void (line.startsWith('Chatlet: ') && lines.push(line));
  try {
    await fixture(html);
    await until('the marker of the last chat', () => lines.some((line) => line.includes('"last"')));
  } finally {
    console.warn = warn;
  }
  return lines.filter((line) => !line.includes('"last"'));
}

/** A chat is looked at when its code for answers is there; one that comes last shows that this has happened. */
const last = '<chatlet-chat theme="last"></chatlet-chat>';

describe('K23 attributes', () => {
  for (const [attribute, advice] of [
    ['theme="blue"', 'is unknown. Write "light" or "dark".'],
    ['history="none"', 'is unknown. Write "auto", "drawer", or "off".'],
    ['storage="cookie"', 'is unknown. Write "local", "session", or "none".'],
    ['consent="true"', 'is unknown. Write "required" or "granted".'],
    ['credentials="always"', 'is unknown. Write "omit", "same-origin", or "include".'],
    ['history-limit="all"', 'is no number of messages. Write "10".'],
    ['webmcp="yes"', 'is unknown. Write "take", "offer", or "both".'],
    ['temporary="false"', 'turns it on, as any value does. Leave it out.'],
    ['ainotice="off"', 'is unknown. Write ai-notice.'],
    ['startres="[]"', 'is unknown. Write starters.'],
    ['endpiont="/chat"', 'is unknown. Write endpoint.'],
    ['history_limit="3"', 'is unknown. Write history-limit.'],
    ['token="abc"', 'is no attribute. Set the property in a script: element.token = …'],
  ] as const) {
    it(`answer ${attribute} with what to write`, async () => {
      expect(await linesOf(`<div><chatlet-chat ${attribute}></chatlet-chat>${last}</div>`)).to.deep.equal([
        `Chatlet: ${attribute} ${advice}`,
      ]);
    });
  }

  it('name all kinds of backends, and show a list of starters', async () => {
    const lines = await linesOf(`<div><chatlet-chat api="gpt" starters="One?, Two?"></chatlet-chat>${last}</div>`);
    expect(lines[0]).to.match(/^Chatlet: api="gpt" is unknown\. Write "chatlet", "openai", .* or "ag-ui"\.$/);
    expect(lines[1]).to.equal(`Chatlet: starters="One?, Two?" is no JSON list. Write starters='["One?", "Two?"]'.`);
  });

  it('that are right are answered with nothing', async () => {
    const right =
      'theme="dark" history="off" storage="none" consent="granted" credentials="include" history-limit="3" math api="openai" starters="[]"';
    expect(await linesOf(`<div><chatlet-chat ${right}></chatlet-chat>${last}</div>`)).to.deep.equal([]);
  });

  it('of other things are answered with nothing: of HTML, of frameworks, and those that are like none of ours', async () => {
    const others =
      'class="a" id="b" style="color: red" slot="c" part="d" title="e" tabindex="0" dir="ltr" lang="en" hidden role="group" data-theme="blue" aria-label="f" onopen="" v-model="g" _nghost-ng-c1 ng-reflect-heading="h" x-data="{}" hx-get="/" client:load name="i" width="3" label="j" ref="k"';
    expect(await linesOf(`<div><chatlet-chat ${others}></chatlet-chat>${last}</div>`)).to.deep.equal([]);
  });

  it('of a launcher are answered once, also those of its chat', async () => {
    const element = await fixture<HTMLElement>('<div></div>');
    const lines: string[] = [];
    const {warn} = console;
    console.warn = (line: string) => void (line.startsWith('Chatlet: ') && lines.push(line));
    try {
      element.innerHTML =
        '<chatlet-launcher position="bottom-middle" theme="blue" offsetx="3" open></chatlet-launcher>';
      await until('all lines', () => lines.length >= 3);
      element.insertAdjacentHTML('beforeend', last);
      await until('the last one', () => lines.some((line) => line.includes('"last"')));
    } finally {
      console.warn = warn;
    }
    expect(lines.slice(0, -1).toSorted()).to.deep.equal([
      'Chatlet: offsetx="3" is unknown. Write offset-x.',
      'Chatlet: position="bottom-middle" is unknown. Write "top-start", "top-end", "top-left", "top-right", "bottom-start", "bottom-end", "bottom-left", or "bottom-right".',
      'Chatlet: theme="blue" is unknown. Write "light" or "dark".',
    ]);
  });

  it('credentials that are unknown count as none, so that questions are still sent', async () => {
    const chat = await fixture<HTMLElementTagNameMap['chatlet-chat']>(
      '<chatlet-chat credentials="always" endpoint="/nowhere"></chatlet-chat>',
    );
    const {fetch} = globalThis;
    let sent: RequestInit | undefined;
    globalThis.fetch = (_, init) => {
      sent = init;
      return Promise.resolve(new Response('', {status: 404}));
    };
    try {
      chat.endpoint = '/elsewhere';
      await until('a request is sent', () => sent !== undefined);
    } finally {
      globalThis.fetch = fetch;
    }
    expect(sent?.credentials).to.equal('omit');
  });
});
