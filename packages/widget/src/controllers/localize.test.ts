/** The language (locale) of a chat: how a page chooses it, when it is loaded, and how a page adds one. */
import {expect, fixture, html} from '@open-wc/testing';
import {LitElement} from 'lit';
import {fakeTransport} from '../client/testing/fake-transport.ts';
import type {ChatletChat} from '../elements/chat/chat.ts';
import {chatInBox} from '../elements/testing/chat.ts';
import {find, findAll, textIn, until} from '../elements/testing/look.ts';
import {de} from '../translations/de.ts';
import {en} from '../translations/en.ts';
import {addTranslation, languages, loadTranslation, wordsFor} from '../translations/index.ts';
import type {Words} from '../translations/words.ts';
import {LocalizeController} from './localize.ts';

async function chatIn(lang: string) {
  const shown = await chatInBox(fakeTransport(), {lang});
  const {root} = shown;
  return {...shown, greeting: () => textIn(root, '.greeting h3')};
}

describe('LocalizeController', () => {
  // The first test: from then on German is loaded.
  it('shows English until the translation is loaded, and says so to screen readers', async () => {
    const {root, greeting} = await chatIn('de-AT');
    expect([greeting(), find(root, '.chat').lang]).to.deep.equal([en.greeting, 'en']);
    await until('the chat is in German', () => greeting() === de.greeting);
    expect(find(root, '.chat').lang).to.equal('de');
    expect(find(root, 'textarea').getAttribute('aria-label')).to.equal(de.composerLabel);
  });

  for (const language of languages) {
    it(`shows ${language} on a page in that language`, async () => {
      await loadTranslation(language);
      const words = wordsFor(language);
      const {greeting} = await chatIn(language);
      await until(`the chat is in ${language}`, () => greeting() === words.greeting);
    });
  }

  it('follows the page when it changes its language', async () => {
    const element = await fixture<ChatletChat>(html`<chatlet-chat .transport=${fakeTransport()}></chatlet-chat>`);
    const greeting = () => textIn(element.renderRoot as ShadowRoot, '.greeting h3');
    const {documentElement: page} = document;
    const before = page.lang;
    try {
      for (const [lang, expected] of [
        ['de', de.greeting],
        ['en', en.greeting],
      ] as const) {
        page.lang = lang;
        await until(`the chat is in ${lang}`, () => greeting() === expected);
      }
    } finally {
      page.lang = before;
    }
  });

  it('shows a language that the page adds before or after the chat is there, and keeps its no-break spaces', async () => {
    const {greeting} = await chatIn('br');
    expect(greeting()).to.equal(en.greeting);
    addTranslation({...en, language: 'br', greeting: 'Penaos sikour\u00a0?'});
    await until('the chat is in Breton', () => greeting() === 'Penaos sikour\u00a0?');
    const later = await chatIn('br-FR');
    expect(later.greeting()).to.equal('Penaos sikour\u00a0?');
  });

  it('translates the buttons in an answer that was shown before the translation came', async () => {
    const {element, root} = await chatIn('da');
    element.messages = [
      {role: 'user', content: 'Show code'},
      {role: 'assistant', content: '```js\nlet one;\n```\n\nDone.'},
    ];
    const copyButton = () => textIn(root, '.code button');
    await until('the code is there', () => copyButton() === en.markdown.copyCode);
    addTranslation({...en, language: 'da', markdown: {...en.markdown, copyCode: 'Kopiér'}});
    await until('its button is in Danish', () => copyButton() === 'Kopiér');
    expect(textIn(root, '.text p')).to.equal('Done.');
  });

  it('gives its new words to an element that is defined by the code that brings them', async () => {
    class Host extends LitElement {
      readonly localize = new LocalizeController(this);
      override render() {
        return html`<x-later .words=${this.localize.words()}></x-later>`;
      }
    }
    class Later extends LitElement {
      static override properties = {words: {attribute: false}};
      declare words: Words;
      override render() {
        return this.words.heading;
      }
    }
    customElements.define('x-localized', Host);
    const host = await fixture<Host>(html`<x-localized lang="oc"></x-localized>`);
    addTranslation({...en, language: 'oc', heading: 'Charrar'});
    customElements.define('x-later', Later);
    const later = find(host.renderRoot as ShadowRoot, 'x-later');
    await until('the element has the new words', () => later.shadowRoot?.textContent?.trim() === 'Charrar');
  });

  it('shows a translation that the page adds in place of ours', async () => {
    const {greeting} = await chatIn('de');
    await until('the chat is in German', () => greeting() === de.greeting);
    try {
      addTranslation({...de, greeting: 'Moin!'});
      await until('the chat is in the page’s German', () => greeting() === 'Moin!');
    } finally {
      addTranslation(de);
    }
  });

  it('shows the page’s own words in place of some, in any language', async () => {
    const {element, root, greeting} = await chatIn('de');
    element.strings = {greeting: 'Servus!'};
    await until('the greeting is the page’s', () => greeting() === 'Servus!');
    expect(find(root, 'textarea').getAttribute('placeholder')).to.equal(de.placeholder);
  });

  it('K29, P37: puts the page’s words before the server’s, and those before the language’s, in groups too', async () => {
    const config = {
      greeting: 'Server',
      strings: {send: 'Server', stop: 'Server', errors: {network: {title: 'Server'}}},
    };
    const transport = fakeTransport({config});
    const element = await fixture<ChatletChat>(html`<chatlet-chat lang="de" .transport=${transport}></chatlet-chat>`);
    element.strings = {send: 'Page', errors: {network: {text: 'Page'}}};
    const now = () => element.renderRoot.querySelector('chatlet-composer')?.words ?? en;
    await until('all have come', () => now().greeting === 'Server' && now().close === de.close);
    expect([now().send, now().stop, now().cancel]).to.deep.equal(['Page', 'Server', de.cancel]);
    expect(now().errors.network).to.deep.equal({title: 'Server', text: 'Page'});
    expect(now().errors.internal).to.deep.equal(de.errors.internal);
  });

  it('leaves out what is no word, and says so in one line for each', async () => {
    const {warn} = console;
    const lines: string[] = [];
    console.warn = (line: string) => void lines.push(line);
    try {
      const config = {strings: {sned: 'Ask', retryIn: 'Again in {}', errors: 'None', send: 7, stop: 'Halt'}};
      const transport = fakeTransport({config});
      const element = await fixture<ChatletChat>(html`<chatlet-chat lang="en" .transport=${transport}></chatlet-chat>`);
      const words = () => element.renderRoot.querySelector('chatlet-composer')?.words;
      await until('the good one is taken', () => words()?.stop === 'Halt');
      expect(words()?.send).to.equal(en.send);
      expect(words()?.retryIn(8)).to.equal(en.retryIn(8));
      expect(words()?.errors).to.deep.equal(en.errors);
    } finally {
      console.warn = warn;
    }
    expect(lines).to.deep.equal(
      ['sned', 'retryIn', 'errors', 'send'].map(
        (name) => `Chatlet: "${name}" is no word of the chat, or of another kind.`,
      ),
    );
  });

  for (const [page, around, own, expected] of [
    ['', 'lang="ar"', '', 'rtl'],
    ['rtl', 'lang="en"', '', 'ltr'],
    ['', '', 'lang="ar"', 'rtl'],
    ['', 'lang="en" dir="ltr"', 'lang="ar"', 'rtl'],
    ['', 'lang="ar"', 'dir="ltr"', 'ltr'],
    ['', 'lang="ar" dir="ltr"', '', 'ltr'],
    ['', 'lang="en" dir="rtl"', '', 'rtl'],
    ['rtl', 'lang="ar" dir="rtl"', 'lang="de"', 'ltr'],
  ] as const) {
    it(`I-13 runs ${expected} in <div ${around}><chatlet-chat ${own}>${page ? ` on a page that runs ${page}` : ''}`, async () => {
      await Promise.all([loadTranslation('ar'), loadTranslation('de')]);
      const {documentElement: outer} = document;
      const box = document.createElement('div');
      outer.dir = page;
      try {
        box.innerHTML = `<div ${around}><chatlet-chat ${own}></chatlet-chat></div>`;
        document.body.append(box);
        const element = box.querySelector('chatlet-chat') as ChatletChat;
        element.transport = fakeTransport();
        const direction = () => {
          const title = findAll(element.renderRoot, 'h2')[0];
          return title && getComputedStyle(title).direction;
        };
        await until(`it runs ${expected}`, () => direction() === expected);
      } finally {
        box.remove();
        outer.removeAttribute('dir');
      }
    });
  }
});
