export function FlowPage() {
  return (
    <div class="page">
      <h1>FlowPage</h1>
    </div>
  );
}
