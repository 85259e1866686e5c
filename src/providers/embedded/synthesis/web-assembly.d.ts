// Node 20's own types know nothing of WebAssembly; these are the parts used here.
declare global {
  namespace WebAssembly {
    interface Module {}

    interface Memory {
      readonly buffer: ArrayBuffer;
    }

    class Instance {
      constructor(module: Module, imports: Record<string, Record<string, unknown>>);
      readonly exports: Record<string, unknown>;
    }

    function compile(bytes: Uint8Array): Promise<Module>;
    function validate(bytes: Uint8Array): boolean;
  }
}

export {};
