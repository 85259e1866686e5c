export function App() {
  return <h1>aybiza</h1>;
}
