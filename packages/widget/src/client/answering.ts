/** What a chat needs when it asks, and not before: following a turn, reading its events, the requests for them and their failures. */
export {followTurn} from './follow-turn.ts';
export {grow} from './growing-answer.ts';
export {listChats, loadMessages, resumeAnswer, sendQuestion} from './http-chats.ts';
export {findRefusal} from './origin-check.ts';
export {readFailure} from './read-failure.ts';
export {readThoughts, separateThoughts} from './thoughts.ts';
export {getOrCreateVisitor, isOwnVisitor} from './visitor.ts';
