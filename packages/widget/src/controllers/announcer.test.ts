/** The announcements of an answer to screen readers, with a fake clock. */
import {expect} from '@open-wc/testing';
import {fakeEnvironment} from '../client/testing/fake-environment.ts';
import {en} from '../translations/en.ts';
import {AnnouncerController} from './announcer.ts';
import {sayAnswer, sayAnswerEnd} from './answer-speech.ts';
import {toSpeech} from './speech.ts';

function announcer() {
  const environment = fakeEnvironment();
  const said: string[] = [];
  const host = {
    addController() {},
    removeController() {},
    requestUpdate() {
      const text = controller.spoken.map((each) => each.text).join(' ');
      if (text !== '') said.push(text);
    },
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
      sayAnswer({key: 'a', markdown: text.slice(0, length), words: en}, controller);
      environment.pass(50);
    }
    sayAnswerEnd({key: 'a', markdown: text, words: en}, {announcer: controller, ending: en.saysFinished});
    environment.pass(5000);
    expect(said.join(' ')).to.equal('Answer started One is first. Two is second. Three is third. Answer finished');
    expect(said.length).to.be.lessThan(6);
  });

  it('holds an answer back while the visitor types, and says all of it afterwards', () => {
    const {controller, environment, said} = announcer();
    controller.holdForTyping();
    sayAnswer({key: 'a', markdown: 'One. Two. ', words: en}, controller);
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
    sayAnswer({key: 'a', markdown: 'One. ', words: en}, controller);
    sayAnswer({key: 'b', markdown: 'Two. ', words: en}, controller);
    environment.pass(5000);
    expect(said).to.deep.equal(['Answer started Two.']);
  });

  it('says the same words again, as a text that differs from the one before', () => {
    const {controller, environment, said} = announcer();
    for (let times = 0; times < 3; times++) {
      controller.say('Copied');
      environment.pass(1100);
    }
    expect(said.map((text) => text.trim())).to.deep.equal(['Copied', 'Copied', 'Copied']);
    expect(said[1]).to.not.equal(said[0]);
    expect(said[2]).to.not.equal(said[1]);
  });

  it('says nothing after a reset', () => {
    const {controller, environment, said} = announcer();
    sayAnswer({key: 'a', markdown: 'One. ', words: en}, controller);
    controller.reset();
    environment.pass(5000);
    expect(said).to.deep.equal([]);
  });
});

describe('AnnouncerController with more than a voice can follow', () => {
  const sentences = Array.from({length: 60}, (_, index) => `This is sentence number ${index + 1} of the answer.`);

  it('I-34 lets a fast answer lie at most a few seconds ahead of the voice, and counts what is left at the end', () => {
    const {controller, environment, said} = announcer();
    for (let count = 1; count <= sentences.length; count++) {
      sayAnswer({key: 'a', markdown: `${sentences.slice(0, count).join(' ')} `, words: en}, controller);
      environment.pass(50);
    }
    sayAnswerEnd(
      {key: 'a', markdown: sentences.join(' '), words: en},
      {announcer: controller, ending: en.saysFinished},
    );
    environment.pass(60_000);
    for (const each of said) expect(each.length, each).to.be.lessThan(250);
    const whole = said.join(' ');
    const [, left] = /Answer continues, (\d+) more sentences\. Answer finished$/.exec(whole) ?? [];
    const spoken = whole.match(/number \d+/g) ?? [];
    expect(spoken).to.deep.equal(sentences.slice(0, spoken.length).map((_, index) => `number ${index + 1}`));
    expect(spoken.length).to.be.greaterThan(3);
    expect(spoken.length + Number(left)).to.equal(60);
  });

  it('I-34 says no long piece after a spell of typing', () => {
    const {controller, environment, said} = announcer();
    controller.holdForTyping();
    sayAnswer({key: 'a', markdown: `${sentences.join(' ')} `, words: en}, controller);
    environment.pass(1200);
    expect(said).to.have.length(1);
    expect(said[0]?.length).to.be.lessThan(250);
  });

  it('I-34 goes on at the pace of the voice, and says all of a slow answer', () => {
    const {controller, environment, said} = announcer();
    for (let count = 1; count <= 20; count++) {
      sayAnswer({key: 'a', markdown: `${sentences.slice(0, count).join(' ')} `, words: en}, controller);
      environment.pass(2600);
    }
    sayAnswerEnd(
      {key: 'a', markdown: sentences.slice(0, 20).join(' '), words: en},
      {announcer: controller, ending: en.saysFinished},
    );
    environment.pass(10_000);
    expect(said.join(' ')).to.equal(`Answer started ${sentences.slice(0, 20).join(' ')} Answer finished`);
  });

  it('I-34 says only that an answer starts and ends if the visitor wants it so', () => {
    const {controller, environment, said} = announcer();
    controller.saysText = false;
    sayAnswer({key: 'a', markdown: 'One. Two. ', words: en}, controller);
    environment.pass(2000);
    sayAnswerEnd({key: 'a', markdown: 'One. Two. Three.', words: en}, {announcer: controller, ending: en.saysFinished});
    environment.pass(2000);
    expect(said).to.deep.equal(['Answer started', 'Answer finished']);
  });

  it('I-1 empties the live region after five seconds', () => {
    const {controller, environment} = announcer();
    controller.say('Copied');
    environment.pass(4900);
    expect(controller.spoken).to.deep.equal([{text: 'Copied', language: undefined}]);
    environment.pass(200);
    expect(controller.spoken).to.deep.equal([]);
  });

  it('I-1 says how an answer ended of which nothing was said', () => {
    const {controller, environment, said} = announcer();
    sayAnswerEnd({key: 'a', markdown: '', words: en}, {announcer: controller, ending: 'Too many messages.'});
    environment.pass(100);
    expect(said).to.deep.equal(['Too many messages.']);
  });

  it('I-1 says that an answer is waited for after a second of silence, unless it starts before', () => {
    const {controller, environment, said} = announcer();
    controller.sayIfSilent(en.waiting);
    environment.pass(900);
    sayAnswer({key: 'a', markdown: '', words: en}, controller);
    environment.pass(2000);
    controller.sayIfSilent(en.waiting);
    environment.pass(1100);
    expect(said).to.deep.equal(['Answer started', en.waiting]);
  });

  it('I-1 says a short text at once, before the sentences that wait for the voice', () => {
    const {controller, environment, said} = announcer();
    sayAnswer({key: 'a', markdown: `${sentences.join(' ')} `, words: en}, controller);
    environment.pass(100);
    controller.say('Copied');
    environment.pass(1000);
    expect(said.at(-1)).to.match(/^Copied/);
  });

  it('I-1 marks the language of each stretch', () => {
    const {controller, environment} = announcer();
    sayAnswer({key: 'a', markdown: '結論です。続けます。', words: en}, controller);
    environment.pass(100);
    expect(controller.spoken).to.deep.equal([
      {text: 'Answer started', language: undefined},
      {text: '結論です。', language: 'ja'},
    ]);
  });
});

describe('toSpeech', () => {
  const speak = (markdown: string) =>
    toSpeech(markdown, {from: 0, complete: true, code: 'Code example.'}).sentences.join(' ');

  it('takes the marks of Markdown off the words', () => {
    expect(speak('# Title\n\n- **One** `two`\n- [three](https://x.example)\n')).to.equal('Title One two three');
    expect(speak('| A | B |\n| --- | --- |\n| 1 | 2 |')).to.equal('A B 1 2');
  });

  it('names a block of code instead of reading it', () => {
    expect(speak('Before.\n\n```js\nlet x = 1;\n```\n\nAfter.')).to.equal('Before. Code example. After.');
  });

  it('I-1 leaves the number of a list item out, and cuts tables at their rows', () => {
    expect(speak('Steps:\n\n1. First\n2. Second\n3. Third')).to.equal('Steps: First Second Third');
    const {sentences} = toSpeech('| A | B |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |', {from: 0, complete: true, code: ''});
    expect(sentences).to.deep.equal(['A B', '1 2', '3 4']);
  });

  it('reads the same words wherever a growing text is cut', () => {
    const markdown = 'One is **first**. Two?\n\n```js\na. b. c.\n```\n\n- Three\n- Four\n\nFive.';
    const whole = speak(markdown);
    for (let cut = 1; cut < markdown.length; cut++) {
      const first = toSpeech(markdown.slice(0, cut), {from: 0, complete: false, code: 'Code example.'});
      const rest = toSpeech(markdown, {from: first.end, complete: true, code: 'Code example.'});
      expect([...first.sentences, ...rest.sentences].join(' ')).to.equal(whole);
    }
  });
});
