/** The parts of the chat that it does without until it is opened. They are fetched with the code for answers. */
export {warnOfMistakes} from '../attributes.ts';
export {isGrowth} from '../../client/growth.ts';
export {startParts} from './start-parts.ts';
export {tell, tellEnd} from './tell.ts';

/** Opens the last question for editing. If its code cannot be fetched, the next key tries again. */
export function editLastQuestion(root: ParentNode): void {
  import('./shortcuts.ts').then(
    ({findButton}) => findButton(root, '.question .change')?.click(),
    () => {},
  );
}
