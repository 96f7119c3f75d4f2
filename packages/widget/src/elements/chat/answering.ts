/** What a chat does while an answer is written, and on a small screen. It is fetched with the code for answers. */
export {FullScreenController} from '../../controllers/full-screen.ts';
export {StallController} from '../../controllers/stall.ts';
export {warnOfMistakes} from '../mistakes.ts';
export {tell, tellEnd} from './tell.ts';
