/** The floor: the text as it is, in one growing text node. */
import {compete} from './bench.ts';
import {addAnswerBox, startShell} from './shell.ts';

function openPre(box: HTMLElement): Text {
  const pre = document.createElement('pre');
  const text = document.createTextNode('');
  pre.className = 'wrap';
  pre.append(text);
  box.append(pre);
  return text;
}

compete(async (stage, answerPath) =>
  startShell(stage, answerPath, {
    open(box) {
      const text = openPre(box);
      return {append: (token) => text.appendData(token), end: async () => {}};
    },
    async showHistory(messages, answers) {
      for (const answer of answers) openPre(addAnswerBox(messages)).data = answer;
    },
  }),
);
