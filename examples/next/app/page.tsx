export default function Page() {
  return <h1>Chatlet in Next</h1>;
}
