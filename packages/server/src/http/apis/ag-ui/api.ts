/** `/agui`: AG-UI, the protocol between agents and pages. Nothing is stored: an answer lives as long as its request. */
import type {Api} from '../../operation.ts';
import {agUiOperation} from './run.ts';

export const agUiApi: Api = {operations: [agUiOperation]};
