/** What a chat needs when it asks, and not before: following a turn, reading its events, and the requests for them. */
export {followTurn} from './follow-turn.ts';
export {grow} from './growing-answer.ts';
export {findRefusal, listChats, loadMessages, resumeAnswer, sendQuestion} from './http-chats.ts';
export {readThoughts, separateThoughts} from './thoughts.ts';
