/** The parts of the chat that it does without until it is opened. They are fetched with the code for answers. */
export {warnOfMistakes} from '../attributes.ts';
export {isGrowth} from '../../client/growth.ts';
export {startParts} from './start-parts.ts';
export {tell, tellEnd} from './tell.ts';
export {keyButtons, shortcutOf} from './shortcuts.ts';
