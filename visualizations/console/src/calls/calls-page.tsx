export function CallsPage() {
  return (
    <div class="page">
      <h1>CallsPage</h1>
    </div>
  );
}
