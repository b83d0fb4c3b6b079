export default function Page() {
  return <h1>Apples today</h1>;
}
