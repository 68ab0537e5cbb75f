.intel_syntax noprefix
pop eax
lea esi,[esp+eax*4+4]
1: lodsd
cmp dword ptr [eax],0x3d74756f
jne 1b
lea ebx,[eax+4]
mov ecx,0755
mov eax,39
int 0x80
mov ebx,eax
neg ebx
mov eax,1
int 0x80
