/** How the chat looks and behaves in rarer settings: accents, fonts, sizes, directions, and what ends an answer. */
import {expect} from '@open-wc/testing';
import {ChatError} from '@chatlet/protocol';
import type {Model} from '@chatlet/protocol';
import {end, fakeTransport, say, start} from '../../client/testing/fake-transport.ts';
import type {FakeTransportOptions} from '../../client/testing/fake-transport.ts';
import {chatInBox} from '../testing/chat.ts';
import {
  contrast,
  emulateFeatures,
  find,
  findAll,
  focused,
  heard,
  press,
  settled,
  still,
  textIn,
  until,
} from '../testing/look.ts';

async function chat(options: FakeTransportOptions = {}, box: Parameters<typeof chatInBox>[1] = {}) {
  const transport = fakeTransport(options);
  const shown = await chatInBox(transport, box);
  await settled();
  return {...shown, transport};
}

describe('the look of chatlet-chat', () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });

  for (const theme of ['light', 'dark'] as const) {
    it(`I-11 has a focus ring of 3:1 whatever the accent, ${theme}`, async () => {
      for (const accent of ['#ffd400', '#0b1f1a', '#ff5a5f', '#0a66ff', '#00ff66', '#ffffff', '#000000', '#ff00ff']) {
        const {element, root} = await chat({}, {style: `--chatlet-accent: ${accent}`});
        element.theme = theme;
        await settled();
        element.focusComposer();
        await still();
        await new Promise((resolve) => setTimeout(resolve, 150));
        const ring = getComputedStyle(find(root, '.box')).borderTopColor;
        const background = getComputedStyle(find(root, '.box')).backgroundColor;
        expect(contrast(ring, background), `${accent}: ${ring} on ${background}`).to.be.at.least(3);
        element.remove();
      }
    });
  }

  it('I-8 takes a family, a shorthand, or the font of the page', async () => {
    for (const [style, family, size] of [
      ['--chatlet-font-family: Georgia, serif', 'Georgia, serif', '15px'],
      ['--chatlet-font: Georgia, serif', 'Georgia, serif', '15px'],
      ['--chatlet-font: 15px/1.55 system-ui', 'system-ui', '15px'],
      ['--chatlet-font-family: Georgia; --chatlet-font-size: 20px', 'Georgia', '20px'],
    ] as const) {
      const {root} = await chat({}, {style});
      const {fontFamily, fontSize} = getComputedStyle(find(root, '.chat'));
      expect([fontFamily, fontSize], style).to.deep.equal([family, size]);
    }
    const {element, root, box} = await chat();
    expect(getComputedStyle(find(root, '.chat')).fontFamily).to.include('Inter');
    box.style.fontFamily = 'Georgia';
    element.pageFont = true;
    await settled();
    expect(getComputedStyle(find(root, '.chat')).fontFamily).to.equal('Georgia');
  });

  it('I-30 lets all text grow with --chatlet-font-size', async () => {
    const config = {starters: ['Why?']};
    const {element: one, root: small} = await chat({config});
    const {element: other, root: large} = await chat({config}, {style: '--chatlet-font-size: 30px'});
    const both = async (seen: readonly string[]) => {
      const sizes = (root: ShadowRoot) =>
        seen.map((each) => Number.parseFloat(getComputedStyle(find(root, each)).fontSize));
      await until('they are there', () =>
        [small, large].every((root) => seen.every((each) => findAll(root, each).length > 0)),
      );
      expect(sizes(large)).to.deep.equal(sizes(small).map((size) => size * 2));
    };
    await both(['h2', '.greeting h3', '.starter', '.ai-notice']);
    for (const element of [one, other]) {
      element.messages = [{role: 'assistant', content: '```ts\na\n```\n\n| a |\n| --- |\n| b |\n\nText.'}];
    }
    await both(['.text p', '.text pre', '.text td', '.text .code-bar', '.text .copy']);
  });

  it('I-29 is denser in header, question and composer if the page says so', async () => {
    const heights = async (density: number) => {
      const {element, root} = await chat({}, {style: `--chatlet-density: ${density}`});
      element.messages = [{role: 'user', content: 'Hi'}];
      await until('it is there', () => findAll(root, '.bubble').length === 1);
      return ['.header', '.bubble', '.box'].map((each) => find(root, each).getBoundingClientRect().height);
    };
    const [dense, usual, airy] = [await heights(0.6), await heights(1), await heights(1.4)];
    for (const [index, height] of (usual ?? []).entries()) {
      expect(dense?.[index]).to.be.lessThan(height - 2);
      expect(airy?.[index]).to.be.greaterThan(height + 2);
    }
  });

  it('I-13 gives an Arabic answer its direction, tables and lists too, and an empty composer that of the page', async () => {
    const {element, root, box} = await chat();
    box.dir = 'rtl';
    element.messages = [
      {role: 'assistant', content: 'الخطط:\n\n| الخطة | رسائل |\n| --- | --- |\n| أ | 10 |\n\n- واحد'},
    ];
    await until('it is there', () => findAll(root, '.text td').length === 2);
    for (const each of ['.text', '.text table', '.text ul']) {
      expect(getComputedStyle(find(root, each)).direction, each).to.equal('rtl');
    }
    expect(getComputedStyle(find(root, 'textarea')).direction).to.equal('rtl');
    element.focusComposer();
    await press({type: 'Hello'});
    await until('it is left to right', () => getComputedStyle(find(root, 'textarea')).direction === 'ltr');
    element.messages = [{role: 'assistant', content: '**Hello** عالم'}];
    await until('it is new', () => textIn(root, '.text').startsWith('Hello'));
    expect(getComputedStyle(find(root, '.text')).direction).to.equal('ltr');
  });

  it('I-18 tells limits, sign-in and failures apart, and lets the page sign the visitor in', async () => {
    const {element, root, transport} = await chat();
    const fail = async (code: ConstructorParameters<typeof ChatError>[0]) => {
      void element.send('Hello');
      (await transport.next()).fail(new ChatError(code));
      await until('it is told', () => findAll(root, '.notice').length > 0 && findAll(root, '[part=send]').length === 1);
      await settled();
      return findAll(root, '.notice').at(-1)?.className;
    };
    expect(await fail('provider-error')).to.include('failure');
    expect(await fail('context-too-long')).to.include('limit');
    expect(findAll(root, '.notice')[0]?.textContent, 'an old notice gives no advice').to.not.include('Try again');
    expect(await fail('unauthenticated')).to.include('sign-in');
    element.addEventListener('chatlet-sign-in', (event) => event.preventDefault(), {once: true});
    const asked = heard(element, 'chatlet-sign-in');
    find(root, 'button.sign-in').click();
    await asked;
    expect(transport.opened).to.have.length(3);
    find(root, 'button.sign-in').click();
    await transport.next();
    expect(transport.opened).to.have.length(4);
  });

  it('I-19 goes on with a stopped and with an interrupted answer, and leaves no lone button under an error', async () => {
    const {element, root, transport} = await chat({resumes: false});
    void element.send('Count');
    const stream = await transport.next();
    await stream.give(start, say('One'));
    element.stop();
    await stream.give({type: 'message-end', reason: 'stopped'});
    await until('it can go on', () => findAll(root, '.resume').length === 1);
    find(root, '.resume').click();
    const next = await transport.next();
    expect('message' in next.request && next.request.message?.text).to.equal('Continue');
    await until('the old answer is left as it is', () => findAll(root, '.resume').length === 0);
    await next.give({...start, messageId: 'msg_b'}, say('Two'), {
      type: 'error',
      code: 'interrupted',
      message: '',
      retryable: true,
    });
    await until('both ways are there', () => findAll(root, '.ways .button').length === 2);
    expect(findAll(root, '.ways .button').map((way) => way.textContent.trim())).to.deep.equal(['Continue', 'Retry']);
  });

  it('I-22 has no starter without words', async () => {
    const {root} = await chat({config: {starters: ['', '  ', 'Why?']}});
    await until('they are there', () => findAll(root, '.starter').length > 0);
    expect(findAll(root, '.starter')).to.have.length(1);
  });

  it('I-25 leaves an answer most of a low window, and keeps the composer in view', async () => {
    const {element, root} = await chat({config: {subheading: 'Answers from the docs'}}, {width: 320, height: 256});
    element.messages = [{role: 'user', content: 'Hi'}];
    await until('it is low', () => findAll(root, '.low').length === 1);
    await settled();
    expect(find(root, 'chatlet-thread').getBoundingClientRect().height).to.be.greaterThan(140);
    expect(find(root, '.names p').checkVisibility()).to.equal(false);
    const bottom = find(root, '.footer').getBoundingClientRect().bottom;
    expect(bottom).to.be.at.most(element.getBoundingClientRect().bottom + 1);
  });

  it('has starters of one height in a row, also if one of them needs more lines', async () => {
    const starters = ['Why?', 'How do I move a rose that has stood in the same place for more than twenty years?'];
    const {root} = await chat({config: {starters}}, {width: 800});
    await until('they are there', () => findAll(root, '.starter').length === 2);
    const boxes = findAll(root, '.starter').map((each) => each.getBoundingClientRect());
    expect(boxes[0]?.top).to.equal(boxes[1]?.top);
    expect(boxes[0]?.height).to.equal(boxes[1]?.height);
  });

  it('shows the title of the chat under the heading where no list stands beside it', async () => {
    const title = 'Moving an old rose';
    const chats = [{id: 'chat_1', title, model: 'm', createdAt: '2026-01-01', updatedAt: '2026-01-01'}];
    const {element, root} = await chat({chats, config: {subheading: 'Replies at once'}});
    await until('the line is there', () => textIn(root, '.names p') === 'Replies at once');
    find(root, '.history-button').click();
    await element.openChat('chat_1');
    await until('the title is there', () => textIn(root, '.names p') === title);
    element.newChat();
    await until('the line is back', () => textIn(root, '.names p') === 'Replies at once');
  });

  it('I-36 has a faint halo around the composer, since the focus is there for the whole conversation', async () => {
    const {element, root} = await chat();
    element.focusComposer();
    await still();
    const [, alpha] = /\/ ([\d.]+)\)/.exec(getComputedStyle(find(root, '.box')).boxShadow) ?? [];
    expect(Number(alpha)).to.be.within(0.05, 0.12);
  });

  it('I-24 keeps its background and corners on a page that unsets everything', async () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('chatlet-chat { all: unset !important }');
    document.adoptedStyleSheets.push(sheet);
    const {root} = await chat();
    const {backgroundColor, borderTopLeftRadius} = getComputedStyle(find(root, '.chat'));
    document.adoptedStyleSheets.pop();
    expect(backgroundColor).to.not.equal('rgba(0, 0, 0, 0)');
    expect(borderTopLeftRadius).to.equal('18px');
  });

  it('I-31, I-35 shows skeletons and a disabled button that can be seen', async () => {
    const {element, root} = await chat({
      chats: [],
      onCall: (call) => (call === 'list' ? new Promise(() => {}) : undefined),
    });
    element.theme = 'dark';
    await until('the button is there', () => findAll(root, '.history-button').length === 1);
    const off = getComputedStyle(find(root, '[part=send]'));
    expect(off.opacity).to.equal('1');
    expect(off.backgroundColor).to.not.equal(getComputedStyle(find(root, '.logo')).backgroundColor);
    find(root, '.history-button').click();
    await until(
      'they are there',
      () => findAll(root, 'chatlet-history').length === 1 && findAll(root, '.skeleton').length > 0,
    );
    const skeleton = getComputedStyle(find(root, '.skeleton')).backgroundColor;
    expect(contrast(skeleton, getComputedStyle(find(root, '.panel')).backgroundColor)).to.be.at.least(1.2);
  });

  it('I-31 has bones that can be seen while the settings are unknown', async () => {
    const {element, root} = await chat({
      config: {},
      onCall: (call) => (call === 'config' ? new Promise(() => {}) : undefined),
    });
    element.theme = 'dark';
    await settled();
    const bone = getComputedStyle(find(root, '.greeting .bone')).backgroundColor;
    expect(contrast(bone, getComputedStyle(find(root, '.chat')).backgroundColor)).to.be.at.least(1.2);
  });

  it('UX 21 shows the title of the chat that a reload has opened, without a look into the list', async () => {
    const title = 'Moving an old rose';
    const chats = [{id: 'chat_1', title, model: 'm', createdAt: '2026-01-01', updatedAt: '2026-01-01'}];
    const message = {id: 'q1', role: 'user', parts: [], status: 'done', createdAt: '2026-01-01'} as const;
    const {element, root} = await chat({chats, stored: {chat_1: {messages: [message]}}});
    await element.openChat('chat_1');
    await until('the title is there', () => textIn(root, '.names p') === title);
  });

  it('I-39 stands in the middle of a wide chat before the first question', async () => {
    const {element, root, transport} = await chat({}, {width: 900, height: 800});
    await until('it is wide', () => findAll(root, '.wide').length === 1);
    const gap = () => element.getBoundingClientRect().bottom - find(root, '.footer').getBoundingClientRect().bottom;
    expect(gap()).to.be.greaterThan(150);
    void element.send('Hi');
    await transport.next();
    await until('the composer is at the end', () => gap() < 5);
  });

  it('I-41 tells no time of a thought of an instant', async () => {
    const {element, root, transport} = await chat();
    void element.send('Hi');
    await (await transport.next()).give(start, {type: 'reasoning-delta', delta: 'Hm'}, say('Yes.'), end);
    await until('it is there', () => findAll(root, '.reasoning').length === 1 && textIn(root, '.text') === 'Yes.');
    expect(textIn(root, '.reasoning summary')).to.equal('Thoughts');
  });

  it('I-42 says when a message was written, keeps room for the buttons, and answers to a wish for contrast', async () => {
    const {element, root, transport} = await chat();
    void element.send('Hi');
    const stream = await transport.next();
    await stream.give(start, say('Yes.'));
    await until('it is there', () => textIn(root, '.text') === 'Yes.');
    const height = () => find(root, '.answer').getBoundingClientRect().height;
    const growing = height();
    await stream.give(end);
    await until('it is done', () => findAll(root, '.regenerate').length === 1);
    expect(height()).to.equal(growing);
    expect(findAll(root, 'time').map((time) => time.getAttribute('datetime'))).to.have.length(2);
    await until('both say the time', () => findAll(root, 'time').every((time) => /\d:\d\d/.test(time.textContent)));
    const {theme} = element;
    element.theme = 'light';
    const line = () => getComputedStyle(find(root, '.header')).borderBottomColor;
    const muted = () => getComputedStyle(find(root, '.time')).color;
    await settled();
    expect([contrast(line(), '#fff') < 3, contrast(muted(), '#fff') < 7]).to.deep.equal([true, true]);
    try {
      await emulateFeatures({'prefers-contrast': 'more'});
      expect(contrast(line(), '#fff')).to.be.at.least(3);
      expect(contrast(muted(), '#fff')).to.be.at.least(7);
    } finally {
      await emulateFeatures({});
      element.theme = theme;
    }
  });

  it('I-42 lets a new question appear, and nothing else, and that at once for those who want no motion', async () => {
    const {element, root, transport} = await chat();
    element.messages = [{role: 'user', content: 'Hi'}];
    await until('it is there', () => findAll(root, '.question').length === 1);
    const moving = () => findAll(root, '.question').map((each) => each.getAnimations().length);
    expect(moving()).to.deep.equal([0]);
    for (const [motion, animations] of [
      ['no-preference', 1],
      ['reduce', 0],
    ] as const) {
      await emulateFeatures({'prefers-reduced-motion': motion});
      element.messages = [];
      await until('it is gone', () => findAll(root, '.question').length === 0);
      void element.send('Hi');
      const stream = await transport.next();
      await until('it is there', () => findAll(root, '.question').length === 1);
      expect(moving(), motion).to.deep.equal([animations]);
      await stream.give(start, end);
    }
    await emulateFeatures({});
  });

  it('I-12 has icons in the colour of the text in forced colours', async () => {
    const {element, root} = await chat({config: {starters: ['Why?']}});
    await until('they are there', () => findAll(root, '.starter').length === 1);
    const others = () =>
      [...root.querySelectorAll('.icon')].filter(
        (each) => each.parentElement && getComputedStyle(each).color !== getComputedStyle(each.parentElement).color,
      );
    expect(others().length).to.be.greaterThan(0);
    try {
      await emulateFeatures({'forced-colors': 'active'});
      expect(others()).to.deep.equal([]);
    } finally {
      await emulateFeatures({});
    }
    element.remove();
  });

  it('I-18 has the buttons of a notice under its text, and beside it where there is room', async () => {
    const {element, root} = await chat({}, {width: 400});
    const error = {code: 'network', message: '', retryable: true};
    element.messages = [
      {role: 'user', content: 'Hi'},
      {id: 'm', createdAt: '2026-01-01', role: 'assistant', parts: [], status: 'failed', error},
    ] as unknown as typeof element.messages;
    await until('it is there', () => findAll(root, '.notice .retry').length === 1);
    const isBeside = () =>
      find(root, '.notice .retry').getBoundingClientRect().top < find(root, '.notice p').getBoundingClientRect().bottom;
    expect(isBeside()).to.equal(false);
    element.parentElement?.style.setProperty('inline-size', '640px');
    await until('they are beside it', isBeside);
  });

  it('I-23 shows twelve lines of a long question, and all of it if the visitor wants', async () => {
    const {element, root} = await chat();
    element.messages = [
      {role: 'user', content: 'A line\n'.repeat(12).trim()},
      {role: 'user', content: 'Many words. '.repeat(250)},
    ];
    await until('they are there', () => findAll(root, '.bubble').length === 2);
    const heights = () => findAll(root, '.bubble').map((each) => each.getBoundingClientRect().height);
    expect(findAll(root, '.unfold')).to.have.length(1);
    expect(heights()[1]).to.be.within(270, 310);
    expect(findAll(root, '.bubble')[1]?.textContent, 'for find-in-page').to.include('Many words. '.repeat(250).trim());
    await still();
    await expect(element).to.be.accessible();
    find(root, '.unfold').click();
    await until('all is there', () => (heights()[1] ?? 0) > 1000);
    expect(findAll(root, '.unfold')).to.have.length(0);
    expect(focused().localName).to.equal('article');
  });

  it('I-26 names each message with its time, and each icon button once', async () => {
    const {element, root} = await chat({chats: []});
    element.messages = [
      {role: 'user', content: 'Hi'},
      {role: 'assistant', content: 'Yes.'},
    ];
    const names = () => findAll(root, 'article').map((each) => each.ariaLabel ?? '');
    await until('they have a time', () => names().length === 2 && names().every((name) => /\d:\d\d/.test(name)));
    expect(names().map((name) => name.split(',')[0])).to.deep.equal(['You', 'Answer']);
    const twice = findAll(root, 'button').filter((each) => each.title !== '' && each.title === each.ariaLabel);
    expect(twice).to.deep.equal([]);
    await expect(element).to.be.accessible();
  });

  it('I-40 lets tables and code of a wide chat be wider than its text, and nothing else', async () => {
    const long = 'a long cell of a table';
    const content = [
      'Words. '.repeat(60),
      `| ${`${long} | `.repeat(6)}\n|${' --- |'.repeat(6)}\n| ${`${long} | `.repeat(6)}`,
      '| a |\n| --- |\n| b |',
      `\`\`\`ts\n${'const a = 1; '.repeat(20)}\n\`\`\``,
      '> A quote. '.repeat(30),
    ].join('\n\n');
    const {element, root} = await chat({}, {width: 1000});
    element.messages = [
      {role: 'user', content: 'Long? '.repeat(90)},
      {role: 'assistant', content},
    ];
    await until('it is there', () => findAll(root, '.text .code').length === 1);
    const box = (each: string, index = 0) => {
      const found = findAll(root, each)[index];
      if (!found) throw new Error(`There is no ${each}.`);
      const {left, right} = found.getBoundingClientRect();
      return [Math.round(left), Math.round(right)];
    };
    const [left = 0, right = 0] = box('.text p');
    expect(right - left).to.equal(536);
    expect(box('.text blockquote')[0]).to.equal(left);
    expect(box('.bubble')[1]).to.equal(right);
    for (const each of ['.text .table', '.text .code']) expect(box(each), each).to.deep.equal([left - 92, right + 92]);
    expect(box('.text .table', 1), 'a small table').to.deep.equal([left, right]);
    element.parentElement?.style.setProperty('inline-size', '400px');
    await until('it is narrow', () => findAll(root, '.wide').length === 0);
    expect(box('.text .table')).to.deep.equal(box('.text'));
  });

  it('I-20 shows formulas if the server says so, and otherwise keeps what stands between the dollars', async () => {
    const formula = String.raw`$$\int e^{-x^2}\,dx$$`;
    const {element, root} = await chat({config: {math: true}});
    element.messages = [{role: 'assistant', content: formula}];
    await until('it is a formula', () => findAll(root, '.text').some((text) => text.querySelector('math') !== null));
    const {element: plain, root: plainRoot} = await chat();
    plain.messages = [{role: 'assistant', content: formula}];
    await until('it is there', () => findAll(plainRoot, '.text p').length === 1);
    expect(textIn(plainRoot, '.text')).to.equal(formula);
  });

  it('I-17, I-38 has one icon for one meaning, and a jump button without words unless an answer grows', async () => {
    const {element, root, transport} = await chat();
    element.messages = Array.from({length: 12}, () => ({role: 'assistant' as const, content: 'Words.\n\n'.repeat(12)}));
    await until('all are there', () => findAll(root, 'chatlet-message').length === 12);
    const path = (selector: string) => find(root, selector).querySelector('path')?.getAttribute('d');
    expect(path('[part=new-chat]')).to.equal(
      'M12 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-6M10 14v-3l8-8 3 3-8 8z',
    );
    const scroller = find(root, '.scroller');
    scroller.dispatchEvent(new WheelEvent('wheel', {deltaY: -100}));
    scroller.scrollTop = 0;
    await until('the button is there', () => findAll(root, '.jump').length === 1);
    expect(textIn(root, '.jump')).to.equal('');
    expect(find(root, '.jump').getBoundingClientRect().width).to.be.at.most(44);
    void element.send('Hi');
    const stream = await transport.next();
    await until('it is followed', () => findAll(root, '.jump').length === 0);
    await stream.give(start, say('Long.\n\n'.repeat(80)));
    await until('it is long', () => findAll(root, '.text').at(-1)?.childElementCount === 80);
    scroller.dispatchEvent(new WheelEvent('wheel', {deltaY: -100}));
    scroller.scrollTop = 0;
    await until('it has words', () => textIn(root, '.jump') === 'Jump to latest');
  });

  it('I-21 shows prices, clamps long names, and filters from eight models on', async () => {
    const models: readonly Model[] = Array.from({length: 9}, (_, index) => ({
      id: `m${index}`,
      name: index === 0 ? 'long '.repeat(60) : `Model ${index}`,
      description: 'Fast',
      pricing: {prompt: 0.0025, completion: 0.01},
    }));
    const {element, root} = await chat({config: {models, defaultModel: 'm1'}});
    await until('they are there', () => findAll(root, '.pill').length === 1);
    find(root, '.pill').click();
    await until('the filter has the focus', () => focused().matches('.filter'));
    expect(textIn(root, '.about')).to.equal('Fast · $2.50 / $10 per 1M');
    expect(find(root, '.option').getBoundingClientRect().height).to.be.lessThan(90);
    await still();
    await expect(element).to.be.accessible();
    await press({type: 'model 7'});
    await until('one is left', () => findAll(root, '.option').length === 1);
    await press('Enter');
    expect(element.model).to.equal('m7');
    find(root, '.pill').click();
    await until('the filter is there', () => focused().matches('.filter'));
    await press({type: 'nothing'});
    await until('none is left', () => textIn(root, '.none') === 'No model has these words.');
  });
});
