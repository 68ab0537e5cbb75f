.intel_syntax noprefix
pop rax
lea rbx,[rsp+rax*8+8]
1: mov rdi,[rbx]
add rbx,8
cmp dword ptr [rdi],0x3d74756f
jne 1b
add rdi,4
mov esi,0755
mov eax,83
syscall
mov edi,eax
neg edi
mov eax,60
syscall
