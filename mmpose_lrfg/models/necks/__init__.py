from .implicit_ghost_pafpn import ImplicitGhostPAFPN

__all__ = ['ImplicitGhostPAFPN']
