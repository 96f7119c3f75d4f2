/** When an answer counts as stalled, by a clock that the test turns. */
import {expect} from '@open-wc/testing';
import type {ChatState, ChatStatus, ShownMessage} from '../client/chat-state.ts';
import {fakeEnvironment} from '../client/testing/fake-environment.ts';
import {StallController} from './stall.ts';

const answer = (key: string, more: Partial<ShownMessage> = {}): ShownMessage => ({
  id: key,
  key,
  role: 'assistant',
  parts: [],
  status: 'answering',
  createdAt: '2026-01-01T00:00:00.000Z',
  ...more,
});

function watch() {
  const environment = fakeEnvironment();
  const told: string[] = [];
  const host = {
    addController() {},
    removeController() {},
    requestUpdate() {},
    updateComplete: Promise.resolve(true),
  };
  const controller = new StallController(host, () => told.push('stalled'), environment);
  let state: ChatState = {
    status: 'idle',
    messages: [],
    draft: '',
    queue: [],
    config: {},
    models: [],
    settings: 'ready',
    history: {status: 'absent', chats: [], search: ''},
  };
  const become = (status: ChatStatus, message: ShownMessage, more: Partial<ChatState> = {}) => {
    const before = state;
    state = {...state, status, messages: [message], ...more};
    controller.see(state, before);
  };
  return {environment, controller, told, become};
}

describe('UX-22 a stall', () => {
  it('is told after 8 seconds without an event, and once for each answer', () => {
    const {environment, controller, told, become} = watch();
    become('sending', answer('a'));
    environment.pass(7999);
    expect(controller.stall).to.equal('none');
    environment.pass(1);
    expect(controller.stall).to.equal('present');
    become('answering', answer('a'));
    expect(controller.stall).to.equal('over');
    environment.pass(8000);
    expect(controller.stall).to.equal('present');
    expect(told).to.deep.equal(['stalled']);
    become('idle', answer('a', {status: 'done'}));
    expect(controller.stall).to.equal('none');
    become('sending', answer('b'));
    environment.pass(8000);
    expect(told).to.deep.equal(['stalled', 'stalled']);
  });

  it('never comes while words come, however long the answer is', () => {
    const {environment, controller, told, become} = watch();
    for (let count = 0; count < 10; count++) {
      become('answering', answer('a'));
      environment.pass(5000);
    }
    expect(controller.stall).to.equal('none');
    expect(told).to.deep.equal([]);
  });

  it('is no stall while the visitor writes, and the time goes on', () => {
    const {environment, controller, become} = watch();
    const message = answer('a');
    become('answering', message);
    environment.pass(5000);
    const messages = [message];
    become('answering', message, {draft: 'x', messages});
    become('answering', message, {draft: 'xy', messages});
    environment.pass(3000);
    // The first of the two brought another list, the second only a draft.
    expect(controller.stall).to.equal('none');
    environment.pass(5000);
    expect(controller.stall).to.equal('present');
  });

  it('is no stall while the connection is lost, a refused question waits, or nothing runs', () => {
    const {environment, controller, told, become} = watch();
    become('answering', answer('a'));
    become('reconnecting', answer('a'));
    environment.pass(20_000);
    become('sending', answer('b', {autoRetry: {at: environment.now() + 9000, code: 'rate-limited'}}));
    environment.pass(8500);
    become('idle', answer('b', {status: 'failed'}));
    environment.pass(20_000);
    expect(controller.stall).to.equal('none');
    expect(told).to.deep.equal([]);
    expect(environment.waits).to.deep.equal([]);
  });

  it('counts from the moment at which a refused question is sent again', () => {
    const {environment, controller, become} = watch();
    const at = environment.now() + 5000;
    become('sending', answer('a', {autoRetry: {at, code: 'rate-limited'}}));
    environment.pass(5000 + 7999);
    expect(controller.stall).to.equal('none');
    environment.pass(1);
    expect(controller.stall).to.equal('present');
  });

  it('is forgotten when the chat leaves the page', () => {
    const {environment, controller, become} = watch();
    become('sending', answer('a'));
    controller.hostDisconnected();
    expect(environment.waits).to.deep.equal([]);
  });
});
