import {useState} from 'react';

const endpoint = import.meta.env.VITE_CHATLET_ENDPOINT ?? 'http://localhost:8000';
const starters = ['What can you show me?', 'Show a table'];

/** The element is used like any other tag: properties go in, events come out. React 19 needs no wrapper. */
export function App() {
  const [answers, setAnswers] = useState(0);
  return (
    <main>
      <header>
        <h1>Chatlet in React</h1>
        <p role="status">Answers so far: {answers}</p>
      </header>
      <chatlet-chat
        endpoint={endpoint}
        heading="Ask from React"
        starters={starters}
        onchatlet-answered={() => setAnswers((count) => count + 1)}
      />
    </main>
  );
}
