export function FlowsPage() {
  return (
    <div class="page">
      <h1>FlowsPage</h1>
    </div>
  );
}
