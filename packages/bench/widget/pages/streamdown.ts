/** Streamdown as its README shows it: the text so far as its child, in one React root. */
import {createElement, useEffect, useState, type ReactNode} from 'react';
import {createRoot} from 'react-dom/client';
import {Streamdown} from 'streamdown';
import {compete} from './bench.ts';
import {painted} from './frames.ts';
import {startShell} from './shell.ts';

interface Feed {
  onToken: (token: string) => void;
  onEnd: () => void;
}

function Answer({feed}: {readonly feed: Feed}): ReactNode {
  const [text, setText] = useState('');
  const [isAnimating, setAnimating] = useState(true);
  useEffect(() => {
    feed.onToken = (token) => setText((before) => before + token);
    feed.onEnd = () => setAnimating(false);
  }, [feed]);
  return createElement(Streamdown, {isAnimating}, text);
}

function History({answers}: {readonly answers: readonly string[]}): ReactNode {
  return answers.map((answer, index) =>
    createElement('article', {key: index, className: 'answer'}, createElement(Streamdown, {mode: 'static'}, answer)),
  );
}

compete(async (stage, answerPath) =>
  startShell(stage, answerPath, {
    open(box) {
      const early: string[] = [];
      const feed: Feed = {onToken: (token) => early.push(token), onEnd: () => {}};
      createRoot(box).render(createElement(Answer, {feed}));
      return {
        append(token) {
          // Tokens that come before React has mounted the answer are handed on with the first one after.
          for (const first of early.splice(0)) feed.onToken(first);
          feed.onToken(token);
        },
        async end() {
          await painted();
          for (const first of early.splice(0)) feed.onToken(first);
          feed.onEnd();
          await painted();
        },
      };
    },
    async showHistory(messages, answers) {
      createRoot(messages).render(createElement(History, {answers}));
      await painted();
    },
  }),
);
