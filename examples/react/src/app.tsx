import {useState} from 'react';
import {Chat} from '@chatlet/react';

const endpoint = import.meta.env.VITE_CHATLET_ENDPOINT ?? 'http://localhost:8000';
const starters = ['What can you show me?', 'Show a table'];

export function App() {
  const [answers, setAnswers] = useState(0);
  return (
    <main>
      <header>
        <h1>Chatlet in React</h1>
        <p role="status">Answers so far: {answers}</p>
      </header>
      <Chat
        endpoint={endpoint}
        heading="Ask from React"
        starters={starters}
        onAnswered={() => setAnswers((count) => count + 1)}
      />
    </main>
  );
}
