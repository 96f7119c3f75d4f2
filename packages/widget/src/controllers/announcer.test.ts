/** The announcements of an answer to screen readers, with a fake clock. */
import {expect} from '@open-wc/testing';
import {fakeEnvironment} from '../client/testing/fake-environment.ts';
import {en} from '../translations/en.ts';
import {AnnouncerController} from './announcer.ts';
import {toSpeech} from './speech.ts';

function announcer() {
  const environment = fakeEnvironment();
  const said: string[] = [];
  const host = {
    addController() {},
    removeController() {},
    requestUpdate: () => void said.push(controller.text),
    updateComplete: Promise.resolve(true),
  };
  const controller: AnnouncerController = new AnnouncerController(host, environment);
  return {controller, environment, said};
}

describe('AnnouncerController', () => {
  it('says each sentence once, with a second between announcements', () => {
    const {controller, environment, said} = announcer();
    const text = 'One is first. Two is second. Three is third. ';
    for (let length = 1; length <= text.length; length++) {
      controller.sayAnswer({key: 'a', markdown: text.slice(0, length), words: en});
      environment.pass(50);
    }
    controller.sayEnd({key: 'a', markdown: text, words: en}, en.saysFinished);
    environment.pass(5000);
    expect(said.join(' ')).to.equal('Answer started One is first. Two is second. Three is third. Answer finished');
    expect(said.length).to.be.lessThan(6);
  });

  it('holds an answer back while the visitor types, and says all of it afterwards', () => {
    const {controller, environment, said} = announcer();
    controller.holdForTyping();
    controller.sayAnswer({key: 'a', markdown: 'One. Two. ', words: en});
    for (let presses = 0; presses < 10; presses++) {
      environment.pass(500);
      controller.holdForTyping();
    }
    expect(said).to.deep.equal([]);
    environment.pass(1200);
    expect(said).to.deep.equal(['Answer started One. Two.']);
  });

  it('drops the rest of an old answer when a new one begins', () => {
    const {controller, environment, said} = announcer();
    controller.sayAnswer({key: 'a', markdown: 'One. ', words: en});
    controller.sayAnswer({key: 'b', markdown: 'Two. ', words: en});
    environment.pass(5000);
    expect(said).to.deep.equal(['Answer started Two.']);
  });

  it('says nothing after a reset', () => {
    const {controller, environment, said} = announcer();
    controller.sayAnswer({key: 'a', markdown: 'One. ', words: en});
    controller.reset();
    environment.pass(5000);
    expect(said).to.deep.equal([]);
  });
});

describe('toSpeech', () => {
  const speak = (markdown: string) => toSpeech(markdown, {from: 0, complete: true, code: 'Code example.'}).speech;

  it('takes the marks of Markdown off the words', () => {
    expect(speak('# Title\n\n- **One** `two`\n- [three](https://x.example)\n')).to.equal('Title One two three');
    expect(speak('| A | B |\n| --- | --- |\n| 1 | 2 |')).to.equal('A B 1 2');
  });

  it('names a block of code instead of reading it', () => {
    expect(speak('Before.\n\n```js\nlet x = 1;\n```\n\nAfter.')).to.equal('Before. Code example. After.');
  });

  it('reads the same words wherever a growing text is cut', () => {
    const markdown = 'One is **first**. Two?\n\n```js\na. b. c.\n```\n\n- Three\n- Four\n\nFive.';
    const whole = speak(markdown);
    for (let cut = 1; cut < markdown.length; cut++) {
      const first = toSpeech(markdown.slice(0, cut), {from: 0, complete: false, code: 'Code example.'});
      const rest = toSpeech(markdown, {from: first.end, complete: true, code: 'Code example.'});
      expect([first.speech, rest.speech].filter(Boolean).join(' ')).to.equal(whole);
    }
  });
});
