/** Our streaming engine, token by token; a history in groups that the browser skips while they are off-screen. */
import {whenIdle} from '../../../widget/src/controllers/idle.ts';
import {MarkdownView, markdownStyles, warmUp} from '../../../widget/src/markdown/index.ts';
import {compete} from './bench.ts';
import {startShell} from './shell.ts';

const styles = document.createElement('style');
styles.textContent = `
  .group { display: flow-root; contain-intrinsic-block-size: auto 2500px; }
  .group.past { content-visibility: auto; }
  ${markdownStyles}`;
document.head.append(styles);
// As the widget does when it is opened.
warmUp();

/** Answers in one group, and milliseconds in which one more can be made. */
const groupSize = 10;
const enough = 6;
/** Groups that enter the page together. */
const batchSize = 40;

compete(async (stage, answerPath) =>
  startShell(stage, answerPath, {
    open(box) {
      const view = new MarkdownView(box);
      return {
        append: (token) => view.append(token),
        async end() {
          view.end();
          await view.idle;
        },
      };
    },
    async showHistory(messages, answers) {
      const work: Promise<void>[] = [];
      const older = [...answers];
      const showGroup = (place: ParentNode, className: string) => {
        const group = document.createElement('div');
        group.className = className;
        for (const answer of older.splice(-groupSize)) {
          const box = document.createElement('article');
          box.className = 'answer';
          const view = new MarkdownView(box);
          view.append(answer);
          view.end();
          view.flush();
          work.push(view.idle);
          group.append(box);
        }
        place.prepend(group);
      };
      // As in the widget's thread: visible messages come first, older ones while the browser is idle. Plain elements
      // can be made outside of the page, so that it is painted less often.
      showGroup(messages, 'group');
      showGroup(messages, 'group');
      const batch = document.createDocumentFragment();
      while (older.length > 0) {
        const left = await whenIdle();
        do showGroup(batch, 'group past');
        while (older.length > 0 && left() > enough);
        if (older.length === 0 || batch.childElementCount > batchSize) messages.prepend(batch);
      }
      await Promise.all(work);
    },
  }),
);
